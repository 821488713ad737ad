//! The C program, and how its output reads.

use std::{collections::BTreeMap, fmt::Write as _};

use crate::{Callback, Constant, Function, TypeFacts, Value};

const BEGIN: &str = r#"#include <stdio.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/stat.h>
#include <time.h>
#include <wchar.h>
#include <archive.h>
#include <archive_entry.h>

#define NUMBER(name) printf("constant %s=%lld\n", #name, (long long)(name))
#define TEXT(name) printf("constant %s=%s\n", #name, name)
#define INTEGER(type) \
    printf("type %s=%zu,%zu,%d\n", #type, sizeof(type), _Alignof(type), (type)-1 < (type)1)
#define STRUCT(type) printf("type %s=%zu,%zu,0\n", #type, sizeof(type), _Alignof(type))
/* Without an evaluation of the function, so nothing needs the library. */
#define FUNCTION(name, ...) \
    printf("function %s=%d\n", #name, __builtin_types_compatible_p(__typeof__(&name), __VA_ARGS__))
#define CALLBACK(name, ...) \
    printf("callback %s=%d\n", #name, __builtin_types_compatible_p(name *, __VA_ARGS__))

int main(void)
{
"#;

/// C source of a program that prints what the headers in its search path say about the arguments.
#[must_use]
pub fn program<'a>(
    functions: impl IntoIterator<Item = &'a Function>,
    callbacks: &[Callback],
    constants: &[Constant],
    types: &[TypeFacts],
) -> String {
    let mut text = BEGIN.to_owned();
    for constant in constants {
        let kind = match constant.value {
            Value::Number(_) => "NUMBER",
            Value::Text(_) => "TEXT",
        };
        let _ = writeln!(text, "    {kind}({});", constant.name);
    }
    for ty in types {
        let kind = if ty.name.starts_with("struct ") {
            "STRUCT"
        } else {
            "INTEGER"
        };
        let _ = writeln!(text, "    {kind}({});", ty.name);
    }
    for Callback { name, c_type } in callbacks {
        let _ = writeln!(text, "    CALLBACK({name}, {c_type});");
    }
    for Function { name, c_type, .. } in functions {
        let _ = writeln!(text, "    FUNCTION({name}, {c_type});");
    }
    text.push_str("    return 0;\n}\n");
    text
}

/// The lines that the program printed, by what stands left of the equals sign.
#[must_use]
pub fn read_output(output: &str) -> BTreeMap<&str, &str> {
    output
        .lines()
        .filter_map(|line| line.split_once('='))
        .collect()
}
