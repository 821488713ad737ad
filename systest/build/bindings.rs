//! Reads `archive-sys/src/bindings.rs`.

use syn::{
    Attribute, GenericArgument, Item, Meta, PathArguments, Signature, Token, Type, TypeFnPtr,
    bracketed,
    parse::{Parse, ParseStream, Result},
};

use crate::c;

/// What the file declares.
#[derive(Debug, Default)]
pub(crate) struct Bindings {
    pub(crate) functions: Vec<Function>,
    /// Name, and the C type of a pointer to such a function.
    pub(crate) callbacks: Vec<(String, String)>,
    pub(crate) constants: Vec<Constant>,
}

/// A line of the `functions!` list.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) name: String,
    /// The cfg of the release that brought it, unless all have it.
    pub(crate) since: Option<String>,
    /// The C type of a pointer to it.
    pub(crate) c_type: String,
}

#[derive(Debug)]
pub(crate) struct Constant {
    pub(crate) name: String,
    /// Bytes with a final NUL; a number otherwise.
    pub(crate) is_text: bool,
}

impl Bindings {
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let mut bindings = Self::default();
        for item in syn::parse_file(text)?.items {
            match item {
                Item::Use(_) => {}
                Item::Const(item) => bindings.constants.push(Constant {
                    name: item.ident.to_string(),
                    is_text: matches!(*item.ty, Type::Reference(_)),
                }),
                Item::Type(item) => {
                    let c_type = c::pointer_to_fn_ptr(callback(&item.ty)?)?;
                    bindings.callbacks.push((item.ident.to_string(), c_type));
                }
                Item::Macro(item) if item.mac.path.is_ident("functions") => {
                    let Functions(functions) = syn::parse2(item.mac.tokens)?;
                    bindings.functions.extend(functions);
                }
                // What is not looked at would not be proved.
                other => return Err(syn::Error::new_spanned(other, "an item of an unknown kind")),
            }
        }
        Ok(bindings)
    }
}

/// The function pointer in `Option<unsafe extern "C" fn(...)>`.
pub(crate) fn callback(ty: &Type) -> Result<&TypeFnPtr> {
    if let Type::Path(path) = ty
        && let Some(segment) = path.path.segments.last()
        && segment.ident == "Option"
        && let PathArguments::AngleBracketed(arguments) = &segment.arguments
        && let Some(GenericArgument::Type(Type::FnPtr(function))) = arguments.args.first()
    {
        return Ok(function);
    }
    Err(syn::Error::new_spanned(ty, "not a callback type"))
}

/// The body of `functions! { ... }`.
struct Functions(Vec<Function>);

impl Parse for Functions {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut functions = Vec::new();
        while !input.is_empty() {
            input.call(Attribute::parse_outer)?;
            let gate;
            bracketed!(gate in input);
            let since = match gate.parse::<Meta>()? {
                Meta::Path(path) => Some(path.require_ident()?.to_string()),
                Meta::List(list) if list.path.is_ident("all") && list.tokens.is_empty() => None,
                other => return Err(syn::Error::new_spanned(other, "not a since-cfg")),
            };
            let signature: Signature = input.parse()?;
            input.parse::<Token![;]>()?;
            functions.push(Function {
                name: signature.ident.to_string(),
                since,
                c_type: c::pointer_to(&signature)?,
            });
        }
        Ok(Self(functions))
    }
}
