// error[E0277]
//! A password is nobody's to see.

use anyarchive::Password;

fn main() {
    let password = Password::new("secret").unwrap();
    println!("{password}"); //~
}
