//! Finds or builds libarchive: settings, then a plan, then its execution, then what cargo is told.

mod config;
mod emit;
mod env;
mod explain;
#[path = "../src/loading/names.rs"]
mod library_names;
mod linkage;
mod plan;
mod probe;
mod target;
mod vendored;

use crate::{config::Config, emit::Linked, env::Env, plan::Route, probe::Host};

fn main() {
    let env = Env::process();
    let config = Config::read(&env);
    let result = config.and_then(|config| {
        let plan = plan::decide(&config, &mut Host)?;
        let linked = match &plan.route {
            Route::Docs => Linked::nothing(),
            Route::Dlopen => Linked::dlopen(&config),
            Route::Library(library) => Linked::library(library),
            Route::Vendored(how) => vendored::build(&config, *how)?,
        };
        emit::linked(&config, &plan, &linked)?;
        Ok(())
    });
    // Also after a failure: a change of a variable must run the script again.
    emit::watched(&env);
    if let Err(problem) = result {
        explain::fail(&problem);
    }
}
