// error[E0004]
//! These are all variants, but more can come without a break.

use anyarchive::FollowSymlinks;

fn word(follow: FollowSymlinks) -> &'static str {
    match follow { //~
        FollowSymlinks::Never => "never",
        FollowSymlinks::Root => "root",
        FollowSymlinks::Always => "always",
    }
}

fn main() {
    let _ = word;
}
