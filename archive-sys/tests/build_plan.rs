//! Decisions of the build script, under made-up environments and machines.

// The build script uses what a test does not.
#![allow(dead_code)]

#[path = "../build/config.rs"]
mod config;
#[path = "../build/env.rs"]
mod env;
#[path = "../build/plan.rs"]
mod plan;
#[path = "../build/target.rs"]
mod target;

use std::path::PathBuf;

use config::Config;
use env::Env;
use plan::{Builder, Kind, Library, Plan, Probe, Route, Vendored, decide};

/// A machine that may have a library, and that notes what it was asked.
#[derive(Default)]
struct Machine {
    pkg_config: Option<&'static str>,
    vcpkg: Option<&'static str>,
    asked: Vec<String>,
}

fn library(origin: &'static str, version: &str, link_static: bool) -> Library {
    Library {
        origin,
        name: "archive",
        version: version.into(),
        include: None,
        lib_dir: None,
        search: Vec::new(),
        link_static,
        private: Vec::new(),
    }
}

impl Probe for Machine {
    fn pkg_config(&mut self, link_static: bool) -> Result<Library, String> {
        self.asked.push(format!("pkg-config static={link_static}"));
        let version = self.pkg_config.ok_or("Package libarchive was not found")?;
        Ok(library("pkg-config", version, link_static))
    }

    fn vcpkg(&mut self, kind: Option<Kind>) -> Result<Library, String> {
        self.asked.push(format!("vcpkg {kind:?}"));
        let version = self.vcpkg.ok_or("libarchive is not installed")?;
        Ok(library("vcpkg", version, kind == Some(Kind::Static)))
    }

    fn explicit(
        &mut self,
        lib_dir: PathBuf,
        include_dir: Option<PathBuf>,
        kind: Option<Kind>,
        libs: Vec<String>,
    ) -> Result<Library, String> {
        self.asked
            .push(format!("{} {include_dir:?} {libs:?}", lib_dir.display()));
        Ok(library("explicit", "3.7.4", kind == Some(Kind::Static)))
    }
}

const WITHOUT: Machine = Machine {
    pkg_config: None,
    vcpkg: None,
    asked: Vec::new(),
};
const WITH_3_6_2: Machine = Machine {
    pkg_config: Some("3.6.2"),
    vcpkg: None,
    asked: Vec::new(),
};

const STATIC_BY_CC: Route = vendored(Builder::Cc, Kind::Static);

const fn vendored(builder: Builder, kind: Kind) -> Route {
    Route::Vendored(Vendored { builder, kind })
}

fn config(variables: &[(&str, &str)]) -> Result<Config, String> {
    let cargo = [
        ("CARGO_MANIFEST_DIR", "/crate"),
        ("OUT_DIR", "/out"),
        ("OPT_LEVEL", "0"),
        ("TARGET", "aarch64-unknown-linux-musl"),
        ("HOST", "x86_64-unknown-linux-gnu"),
        ("CARGO_CFG_TARGET_OS", "linux"),
        ("CARGO_CFG_TARGET_ENV", "musl"),
    ];
    let all = cargo.iter().chain(variables);
    Config::read(&Env::new(
        all.map(|(name, value)| (name.into(), value.into())),
    ))
}

fn plan(machine: &mut Machine, variables: &[(&str, &str)]) -> Result<Plan, String> {
    decide(&config(variables)?, machine)
}

const VENDORED: (&str, &str) = ("CARGO_FEATURE_VENDORED", "1");

fn feature(name: &str) -> (&'static str, &'static str) {
    let name = match name {
        "BINDGEN" => "CARGO_FEATURE_BINDGEN",
        "CMAKE" => "CARGO_FEATURE_CMAKE",
        "DLOPEN" => "CARGO_FEATURE_DLOPEN",
        "DYLIB" => "CARGO_FEATURE_DYLIB",
        "STATIC" => "CARGO_FEATURE_STATIC",
        _ => panic!("no feature {name}"),
    };
    (name, "1")
}

#[test]
fn feature_vendored_builds_and_asks_nobody() {
    let mut machine = WITH_3_6_2;
    let plan = plan(&mut machine, &[VENDORED]).expect("a plan");
    assert_eq!(plan.route, STATIC_BY_CC);
    assert!(plan.reason.contains("vendored"), "{}", plan.reason);
    assert!(machine.asked.is_empty(), "{:?}", machine.asked);
}

#[test]
fn a_relative_directory_is_refused() {
    for name in ["LIB_DIR", "INCLUDE_DIR", "SOURCE_DIR"] {
        let name = format!("ARCHIVE_SYS_{name}");
        let problem = config(&[(&name, "lib")]).expect_err("refused");
        assert!(problem.contains("absolute"), "{problem}");
        assert!(problem.contains(&name), "{problem}");
    }
}

#[test]
fn the_release_of_the_source_is_no_wish_for_another_library() {
    for other in [
        ("ARCHIVE_SYS_SYSTEM", "1"),
        ("ARCHIVE_SYS_LIB_DIR", "/opt/lib"),
    ] {
        let variables = [("ARCHIVE_SYS_RELEASE", "3.7.4"), other];
        let problem = plan(&mut { WITHOUT }, &variables).expect_err("refused");
        assert!(problem.contains("ARCHIVE_SYS_RELEASE"), "{problem}");
        assert!(problem.contains(other.0), "{problem}");
    }
}

#[test]
fn a_target_can_be_spelled_both_ways() {
    for target in ["aarch64-unknown-linux-musl", "aarch64_unknown_linux_musl"] {
        let name = format!("ARCHIVE_SYS_VENDORED_{target}");
        let plan = plan(&mut { WITH_3_6_2 }, &[(&name, "1")]).expect("a plan");
        assert_eq!(plan.route, STATIC_BY_CC, "{name}");
    }
}

/// Signatures would depend on the library that is found at run time.
#[test]
fn nothing_is_loaded_where_time_has_two_widths() {
    let narrow = ("CARGO_CFG_TARGET_POINTER_WIDTH", "32");
    let feature = feature("DLOPEN");
    let problem = plan(&mut { WITHOUT }, &[narrow, feature]).expect_err("refused");
    assert!(problem.contains("time_t"), "{problem}");
    let by_variable = [narrow, feature, ("ARCHIVE_SYS_DLOPEN", "1")];
    let problem = plan(&mut { WITHOUT }, &by_variable).expect_err("refused");
    assert!(problem.contains("time_t"), "{problem}");
    let linked = [narrow, feature, VENDORED, ("ARCHIVE_SYS_DLOPEN", "0")];
    let linked = plan(&mut { WITHOUT }, &linked).expect("a plan");
    assert_eq!(linked.route, STATIC_BY_CC);
}

#[test]
fn variables_beat_the_feature() {
    let system = plan(
        &mut { WITH_3_6_2 },
        &[VENDORED, ("ARCHIVE_SYS_SYSTEM", "1")],
    );
    let system = system.expect("a plan");
    assert_eq!(
        system.route,
        Route::Library(library("pkg-config", "3.6.2", false))
    );
    assert!(
        system.reason.contains("ARCHIVE_SYS_SYSTEM=1"),
        "{}",
        system.reason
    );

    let not_vendored = plan(
        &mut { WITH_3_6_2 },
        &[VENDORED, ("ARCHIVE_SYS_VENDORED", "0")],
    );
    let not_vendored = not_vendored.expect("a plan");
    assert_eq!(
        not_vendored.route,
        Route::Library(library("pkg-config", "3.6.2", false))
    );

    let vendored = plan(&mut { WITH_3_6_2 }, &[("ARCHIVE_SYS_VENDORED", "1")]);
    assert_eq!(vendored.expect("a plan").route, STATIC_BY_CC);
}

#[test]
fn without_wishes_the_system_is_asked() {
    let found = plan(&mut { WITH_3_6_2 }, &[]).expect("a plan");
    assert_eq!(
        found.route,
        Route::Library(library("pkg-config", "3.6.2", false))
    );

    let problem = plan(&mut { WITHOUT }, &[]).expect_err("nothing there");
    assert!(
        problem.contains("Package libarchive was not found"),
        "{problem}"
    );
}

/// A wish for the system's library is never answered by another one.
#[test]
fn a_forced_system_library_has_no_fallback() {
    let forced = [VENDORED, ("ARCHIVE_SYS_SYSTEM", "1")];
    plan(&mut { WITHOUT }, &forced).expect_err("nothing there");
    plan(&mut { WITHOUT }, &[("ARCHIVE_SYS_SYSTEM", "0")]).expect_err("nothing is allowed");
}

#[test]
fn static_reaches_the_probe() {
    for wish in [("ARCHIVE_SYS_STATIC", "1"), feature("STATIC")] {
        let mut machine = WITH_3_6_2;
        plan(&mut machine, &[wish]).expect("a plan");
        assert_eq!(machine.asked, ["pkg-config static=true"]);
    }
}

#[test]
fn named_directories_beat_feature_and_system() {
    let mut machine = WITH_3_6_2;
    let directories = [
        VENDORED,
        ("ARCHIVE_SYS_LIB_DIR", "/opt/lib"),
        ("ARCHIVE_SYS_INCLUDE_DIR", "/opt/include"),
    ];
    let plan = plan(&mut machine, &directories).expect("a plan");
    assert_eq!(
        plan.route,
        Route::Library(library("explicit", "3.7.4", false))
    );
    assert_eq!(machine.asked, ["/opt/lib Some(\"/opt/include\") []"]);
}

#[test]
fn a_source_tree_is_a_wish_to_build_it() {
    let plan = plan(&mut { WITH_3_6_2 }, &[("ARCHIVE_SYS_SOURCE_DIR", "/src")]);
    assert_eq!(plan.expect("a plan").route, STATIC_BY_CC);
}

#[test]
fn dlopen_links_nothing_and_asks_nobody() {
    for variables in [
        &[VENDORED, ("CARGO_FEATURE_DLOPEN", "1")][..],
        &[("CARGO_FEATURE_DLOPEN", "1"), ("ARCHIVE_SYS_DLOPEN", "1")],
    ] {
        let mut machine = WITH_3_6_2;
        let plan = plan(&mut machine, variables).expect("a plan");
        assert_eq!(plan.route, Route::Dlopen);
        assert!(machine.asked.is_empty(), "{:?}", machine.asked);
    }
    let off = [
        VENDORED,
        ("CARGO_FEATURE_DLOPEN", "1"),
        ("ARCHIVE_SYS_DLOPEN", "0"),
    ];
    let plan = plan(&mut { WITH_3_6_2 }, &off).expect("a plan");
    assert_eq!(plan.route, STATIC_BY_CC);
}

#[test]
fn contradictions_name_both() {
    for (first, second) in [
        (("SYSTEM", "1"), ("VENDORED", "1")),
        (("SYSTEM", "1"), ("SOURCE_DIR", "/src")),
        (("LIB_DIR", "/opt/lib"), ("VENDORED", "1")),
        (("LIB_DIR", "/opt/lib"), ("SOURCE_DIR", "/src")),
        (("SOURCE_DIR", "/src"), ("RELEASE", "3.7.4")),
        (("SOURCE_DIR", "/src"), ("VENDORED", "0")),
        (("CMAKE", "1"), ("VENDORED", "0")),
        (("CMAKE", "1"), ("SYSTEM", "1")),
        (("CMAKE", "1"), ("LIB_DIR", "/opt/lib")),
        (("DLOPEN", "1"), ("SYSTEM", "1")),
        (("DLOPEN", "1"), ("VENDORED", "1")),
        (("DLOPEN", "1"), ("STATIC", "1")),
        (("DLOPEN", "1"), ("CMAKE", "1")),
        (("DLOPEN", "1"), ("LIB_DIR", "/opt/lib")),
        (("DLOPEN", "1"), ("SOURCE_DIR", "/src")),
    ] {
        let names = [first, second].map(|(name, _)| format!("ARCHIVE_SYS_{name}"));
        let variables = [(&*names[0], first.1), (&*names[1], second.1)];
        let problem = plan(&mut { WITH_3_6_2 }, &variables).expect_err("a contradiction");
        for name in &names {
            assert!(problem.contains(name), "{name} in: {problem}");
        }
    }
}

/// Features add up across a graph, so two that contradict each other come from two crates; who
/// builds the program decides with a variable.
#[test]
fn contradicting_features_name_both_and_a_variable_decides() {
    let both = |first, second| [VENDORED, feature(first), feature(second)];
    for (first, second) in [
        ("STATIC", "DYLIB"),
        ("DLOPEN", "STATIC"),
        ("DLOPEN", "DYLIB"),
    ] {
        let problem = plan(&mut { WITHOUT }, &both(first, second)).expect_err("a contradiction");
        for name in [first, second] {
            let name = format!("`{}`", name.to_lowercase());
            assert!(problem.contains(&name), "{name} in: {problem}");
        }
        assert!(problem.contains("ARCHIVE_SYS_"), "{problem}");
    }
    for (features, variable, expected) in [
        (("STATIC", "DYLIB"), ("STATIC", "1"), STATIC_BY_CC),
        (
            ("STATIC", "DYLIB"),
            ("STATIC", "0"),
            vendored(Builder::Cc, Kind::Shared),
        ),
        (("DLOPEN", "STATIC"), ("STATIC", "1"), STATIC_BY_CC),
        (("DLOPEN", "STATIC"), ("STATIC", "0"), Route::Dlopen),
        (
            ("DLOPEN", "DYLIB"),
            ("DLOPEN", "0"),
            vendored(Builder::Cc, Kind::Shared),
        ),
        (("DLOPEN", "DYLIB"), ("DLOPEN", "1"), Route::Dlopen),
    ] {
        let name = format!("ARCHIVE_SYS_{}", variable.0);
        let mut wishes = both(features.0, features.1).to_vec();
        wishes.push((&name, variable.1));
        let plan = plan(&mut { WITHOUT }, &wishes).expect("a plan");
        assert_eq!(plan.route, expected, "{features:?} {variable:?}");
    }
}

/// Of two crates in one graph, each may want its own; nothing is built that loading does not need.
#[test]
fn feature_dlopen_beats_feature_vendored_but_no_variable() {
    let features = [VENDORED, feature("DLOPEN")];
    let route = |variable: &[(&str, &str)]| {
        let wishes = [&features[..], variable].concat();
        plan(&mut { WITH_3_6_2 }, &wishes).expect("a plan").route
    };
    assert_eq!(route(&[]), Route::Dlopen);
    assert_eq!(route(&[("ARCHIVE_SYS_DLOPEN", "0")]), STATIC_BY_CC);
    assert_eq!(route(&[("ARCHIVE_SYS_VENDORED", "1")]), STATIC_BY_CC);
    assert_eq!(route(&[("ARCHIVE_SYS_STATIC", "1")]), STATIC_BY_CC);
    assert_eq!(route(&[("ARCHIVE_SYS_SOURCE_DIR", "/src")]), STATIC_BY_CC);
    assert_eq!(route(&[("ARCHIVE_SYS_STATIC", "0")]), Route::Dlopen);
    assert_eq!(
        route(&[("ARCHIVE_SYS_SYSTEM", "1")]),
        Route::Library(library("pkg-config", "3.6.2", false))
    );
}

#[test]
fn builder_and_kind_of_a_vendored_build() {
    let cmake = feature("CMAKE");
    for (wishes, expected) in [
        (&[][..], STATIC_BY_CC),
        (&[feature("DYLIB")], vendored(Builder::Cc, Kind::Shared)),
        (&[cmake], vendored(Builder::Cmake, Kind::Static)),
        (
            &[cmake, feature("DYLIB")],
            vendored(Builder::Cmake, Kind::Shared),
        ),
        (
            &[cmake, feature("STATIC"), ("ARCHIVE_SYS_STATIC", "0")],
            vendored(Builder::Cmake, Kind::Shared),
        ),
        (&[cmake, ("ARCHIVE_SYS_CMAKE", "0")], STATIC_BY_CC),
    ] {
        let wishes = [&[VENDORED], wishes].concat();
        let plan = plan(&mut { WITH_3_6_2 }, &wishes).expect("a plan");
        assert_eq!(plan.route, expected, "{wishes:?}");
    }
}

#[test]
fn a_variable_cannot_replace_the_feature_that_brings_the_code() {
    for name in ["CMAKE", "DLOPEN", "BINDGEN"] {
        let variable = format!("ARCHIVE_SYS_{name}");
        let problem = plan(&mut { WITHOUT }, &[(&variable, "1")]).expect_err("no feature");
        let feature = format!("`{}`", name.to_lowercase());
        assert!(
            problem.contains(&variable) && problem.contains(&feature),
            "{problem}"
        );
    }
}

/// Windows, the target and the host.
const MSVC: [(&str, &str); 3] = [
    ("TARGET", "x86_64-pc-windows-msvc"),
    ("CARGO_CFG_TARGET_OS", "windows"),
    ("CARGO_CFG_TARGET_ENV", "msvc"),
];

#[test]
fn msvc_asks_vcpkg_first() {
    let mut machine = Machine {
        vcpkg: Some("3.8.1"),
        ..WITH_3_6_2
    };
    let wishes = [&MSVC[..], &[feature("DYLIB")]].concat();
    let found = plan(&mut machine, &wishes).expect("a plan");
    assert_eq!(
        found.route,
        Route::Library(library("vcpkg", "3.8.1", false))
    );
    assert!(found.reason.contains("vcpkg"), "{}", found.reason);
    assert_eq!(machine.asked, ["vcpkg Some(Shared)"]);

    let mut machine = WITH_3_6_2;
    let found = plan(&mut machine, &MSVC).expect("a plan");
    assert_eq!(
        found.route,
        Route::Library(library("pkg-config", "3.6.2", false))
    );
    assert_eq!(found.steps, ["vcpkg: nothing", "pkg-config: found 3.6.2"]);

    let problem = plan(&mut { WITHOUT }, &MSVC).expect_err("nothing there");
    assert!(
        problem.contains("vcpkg: libarchive is not installed"),
        "{problem}"
    );
    assert!(
        problem.contains("pkg-config: Package libarchive"),
        "{problem}"
    );
}

#[test]
fn libraries_of_a_named_static_one_reach_the_probe() {
    let mut machine = WITHOUT;
    let wishes = [
        ("ARCHIVE_SYS_LIB_DIR", "/opt/lib"),
        ("ARCHIVE_SYS_LIBS", "z, zstd"),
    ];
    plan(&mut machine, &wishes).expect("a plan");
    assert_eq!(machine.asked, ["/opt/lib None [\"z\", \"zstd\"]"]);
    plan(&mut { WITHOUT }, &wishes[1..]).expect_err("libraries of nothing");
}

#[test]
fn an_include_dir_alone_is_refused() {
    let problem = plan(
        &mut { WITH_3_6_2 },
        &[("ARCHIVE_SYS_INCLUDE_DIR", "/opt/include")],
    );
    let problem = problem.expect_err("half a wish");
    assert!(problem.contains("ARCHIVE_SYS_LIB_DIR"), "{problem}");
}

#[test]
fn docs_rs_links_nothing() {
    let mut machine = WITH_3_6_2;
    let plan = plan(&mut machine, &[VENDORED, ("DOCS_RS", "1")]).expect("a plan");
    assert_eq!(plan.route, Route::Docs);
    assert!(machine.asked.is_empty(), "{:?}", machine.asked);
}

#[test]
fn switches_are_one_zero_or_unset() {
    let value = |value| config(&[("ARCHIVE_SYS_SYSTEM", value)]).map(|config| config.system);
    assert_eq!(value("1"), Ok(Some(true)));
    assert_eq!(value("0"), Ok(Some(false)));
    assert_eq!(value(""), Ok(None));
    let problem = value("yes").expect_err("no switch");
    assert!(
        problem.contains("ARCHIVE_SYS_SYSTEM") && problem.contains("yes"),
        "{problem}"
    );
}

#[test]
fn a_variable_of_the_target_wins() {
    let config = config(&[
        ("ARCHIVE_SYS_LIB_DIR", "/general"),
        ("ARCHIVE_SYS_LIB_DIR_aarch64_unknown_linux_musl", "/target"),
        ("ARCHIVE_SYS_SYSTEM_x86_64_unknown_linux_gnu", "1"),
    ]);
    let config = config.expect("a configuration");
    assert_eq!(config.lib_dir, Some("/target".into()));
    assert_eq!(config.system, None);
}

/// Else a change of one would not run the build script again.
#[test]
fn every_variable_is_watched() {
    let env = Env::new([
        ("CARGO_MANIFEST_DIR".into(), "/crate".into()),
        ("OUT_DIR".into(), "/out".into()),
        ("TARGET".into(), "t-1".into()),
    ]);
    Config::read(&env).expect("a configuration");
    let watched = env.watched();
    for name in [
        "BINDGEN",
        "CMAKE",
        "DLOPEN",
        "INCLUDE_DIR",
        "LIBS",
        "LIB_DIR",
        "RELEASE",
        "SOURCE_DIR",
        "STATIC",
        "SYSTEM",
        "VENDORED",
    ] {
        for name in [
            format!("ARCHIVE_SYS_{name}"),
            format!("ARCHIVE_SYS_{name}_t_1"),
        ] {
            assert!(watched.contains(&name), "{name} in {watched:?}");
        }
    }
}
