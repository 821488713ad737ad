//! Finds or builds libarchive: settings, then a plan, then its execution, then what cargo is told.

#[cfg(feature = "bindgen")]
mod bindings;
mod config;
mod emit;
mod env;
mod explain;
#[cfg(feature = "bindgen")]
mod generate;
#[path = "../src/loading/names.rs"]
mod library_names;
mod linkage;
mod plan;
mod probe;
mod target;
mod time;
mod vendored;

use crate::{config::Config, emit::Linked, env::Env, plan::Route, probe::Host};

fn main() {
    let env = Env::process();
    let config = Config::read(&env);
    let result = config.and_then(|config| {
        let plan = plan::decide(&config, &mut Host)?;
        #[cfg_attr(not(feature = "bindgen"), allow(unused_mut))]
        let mut linked = match &plan.route {
            Route::Docs => Linked::nothing(),
            Route::Dlopen => Linked::dlopen(&config),
            Route::Library(library) => {
                probe::object::check(library, &config.target)?;
                Linked::library(&config, library)?
            }
            Route::Vendored(how) => vendored::build(&config, *how)?,
        };
        #[cfg(feature = "bindgen")]
        if config.bindgen != Some(false) {
            bindings::write(&config, &mut linked)?;
        }
        emit::linked(&config, &plan, &linked)?;
        Ok(())
    });
    // Also after a failure: a change of a variable must run the script again.
    emit::watched(&env);
    if let Err(problem) = result {
        explain::fail(&problem);
    }
}
