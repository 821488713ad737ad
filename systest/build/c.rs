//! Writes Rust types as C.

use syn::{FnArg, PointerMutability, ReturnType, Signature, Type, TypeFnPtr, parse::Result};

use crate::bindings;

/// The C type of a pointer to a function with this signature.
pub(crate) fn pointer_to(signature: &Signature) -> Result<String> {
    let arguments = signature.inputs.iter().map(|argument| match argument {
        FnArg::Typed(argument) => Ok(&*argument.ty),
        other => Err(syn::Error::new_spanned(other, "not a C argument")),
    });
    function(&signature.output, arguments)
}

/// The C type of a function pointer.
pub(crate) fn pointer_to_fn_ptr(pointer: &TypeFnPtr) -> Result<String> {
    function(
        &pointer.output,
        pointer.inputs.iter().map(|argument| Ok(&argument.ty)),
    )
}

fn function<'t>(
    output: &ReturnType,
    arguments: impl Iterator<Item = Result<&'t Type>>,
) -> Result<String> {
    let result = match output {
        ReturnType::Default => "void".to_owned(),
        ReturnType::Type(_, ty) => c_type(ty)?,
    };
    let arguments = arguments
        .map(|ty| c_type(ty?))
        .collect::<Result<Vec<String>>>()?;
    let arguments = if arguments.is_empty() {
        "void".to_owned()
    } else {
        arguments.join(", ")
    };
    Ok(format!("{result} (*)({arguments})"))
}

/// A type of the bindings in C.
fn c_type(ty: &Type) -> Result<String> {
    match ty {
        // `const` behind the name holds for every depth of pointers.
        Type::Ptr(pointer) => {
            let target = c_type(&pointer.elem)?;
            let qualifier = match pointer.mutability {
                PointerMutability::Const(_) => " const",
                PointerMutability::Mut(_) => "",
            };
            Ok(format!("{target}{qualifier} *"))
        }
        Type::Path(path) if path.path.get_ident().is_none() => {
            pointer_to_fn_ptr(bindings::callback(ty)?)
        }
        Type::Path(path) => named(&path.path.require_ident()?.to_string())
            .ok_or_else(|| syn::Error::new_spanned(ty, "a type without a C name here")),
        other => Err(syn::Error::new_spanned(other, "not a C type")),
    }
}

/// The C name of a named type. Names that stand for themselves are compared with what Rust makes
/// of them by size, alignment and sign.
fn named(name: &str) -> Option<String> {
    let c = match name {
        "c_char" => "char",
        "c_uchar" => "unsigned char",
        "c_int" => "int",
        "c_uint" => "unsigned int",
        "c_long" => "long",
        "c_ulong" => "unsigned long",
        "c_void" => "void",
        "usize" => "size_t",
        "mode_t" => "__LA_MODE_T",
        "FILE" | "dev_t" | "la_int64_t" | "la_ssize_t" | "time_t" | "wchar_t" => name,
        "archive" | "archive_acl" | "archive_entry" | "archive_entry_linkresolver" | "stat" => {
            return Some(format!("struct {name}"));
        }
        // A callback type is a function type in C, and always passed as a pointer.
        _ if name.ends_with("_callback") => return Some(format!("{name} *")),
        _ => return None,
    };
    Some(c.to_owned())
}
