//! Passwords that are asked for.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use anyarchive::{ErrorKind, Password, Reader};
use anyarchive_test_support::samples::{Item, Spec};

fn encrypted() -> Vec<u8> {
    let spec = Spec::new("zip").option("zip:encryption=zipcrypt");
    spec.password("right")
        .to_vec([Item::file("a.txt", "first"), Item::file("b.txt", "second")])
        .unwrap()
}

fn password(text: &str) -> Option<Password> {
    Some(Password::new(text).unwrap())
}

/// A callback that answers by the number of the call, and the count of calls.
fn counted(
    answer: impl Fn(u32) -> Option<Password> + Send + Sync + 'static,
) -> (anyarchive::ReaderBuilder, Arc<AtomicU32>) {
    let calls = Arc::new(AtomicU32::new(0));
    let count = calls.clone();
    let builder =
        Reader::builder().passwords_from(move |_| answer(count.fetch_add(1, Ordering::Relaxed)));
    (builder, calls)
}

#[test]
fn the_one_who_is_asked_learns_the_entry_and_the_attempt() {
    let archive = encrypted();
    let builder = Reader::builder().passwords_from(|request| {
        assert_eq!(request.entry_bytes(), b"a.txt");
        assert_eq!(request.entry().to_str(), Some("a.txt"));
        match request.attempt() {
            0 => password("wrong"),
            1 => password("right"),
            _ => None,
        }
    });
    // Once per reader that it opens; the second entry is opened by what is known then.
    for _ in 0..2 {
        let mut reader = builder.from_bytes(&archive).unwrap();
        let mut entry = reader.next_entry().unwrap().unwrap();
        assert_eq!(entry.read_to_vec().unwrap(), b"first");
        let mut entry = reader.next_entry().unwrap().unwrap();
        assert_eq!(entry.read_to_vec().unwrap(), b"second");
    }
}

#[test]
fn known_passwords_come_first() {
    let archive = encrypted();
    let (builder, calls) = counted(|_| None);
    let builder = builder.password(Password::new("right").unwrap());
    let mut reader = builder.from_bytes(&archive).unwrap();
    let mut entry = reader.next_entry().unwrap().unwrap();
    assert_eq!(entry.read_to_vec().unwrap(), b"first");
    assert_eq!(calls.load(Ordering::Relaxed), 0);
}

#[test]
fn giving_up_is_a_missing_password_and_the_next_entry_asks_again() {
    let archive = encrypted();
    let (builder, calls) = counted(|call| if call == 0 { None } else { password("right") });
    let mut reader = builder.from_bytes(&archive).unwrap();
    let mut entry = reader.next_entry().unwrap().unwrap();
    let error = entry.read_to_vec().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PasswordRequired, "{error}");
    let mut entry = reader.next_entry().unwrap().unwrap();
    assert_eq!(entry.read_to_vec().unwrap(), b"second");
    assert_eq!(calls.load(Ordering::Relaxed), 2);
}

#[test]
fn the_same_answer_twice_is_giving_up() {
    let archive = encrypted();
    let (builder, calls) = counted(|_| password("wrong"));
    let mut reader = builder.from_bytes(&archive).unwrap();
    let mut entry = reader.next_entry().unwrap().unwrap();
    // Once in 256 times the check of one byte lets a wrong one through.
    if let Err(error) = entry.read_to_vec()
        && error.kind() == ErrorKind::WrongPassword
    {
        assert_eq!(calls.load(Ordering::Relaxed), 2);
    }
    assert!(calls.load(Ordering::Relaxed) <= 2);
}

#[test]
fn whoever_never_gives_up_is_not_asked_for_ever() {
    let archive = encrypted();
    let (builder, calls) = counted(|call| password(&format!("wrong {call}")));
    let mut reader = builder.from_bytes(&archive).unwrap();
    // One that passes the check of one byte by chance ends it early.
    while let Ok(Some(mut entry)) = reader.next_entry() {
        drop(entry.read_to_vec());
    }
    let calls = calls.load(Ordering::Relaxed);
    assert!((1..=100).contains(&calls), "{calls}");
}

#[test]
fn a_panic_comes_out_as_it_was_and_nobody_is_asked_again() {
    let archive = encrypted();
    let (builder, calls) = counted(|_| panic!("no more passwords"));
    let mut reader = builder.from_bytes(&archive).unwrap();
    let mut entry = reader.next_entry().unwrap().unwrap();
    let payload = catch_unwind(AssertUnwindSafe(|| entry.read_to_vec())).unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&"no more passwords"));
    let error = reader.next_entry().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Poisoned);
    assert!(reader.next_entry().unwrap().is_none());
    assert_eq!(calls.load(Ordering::Relaxed), 1);
}

#[test]
fn the_one_who_is_asked_can_read_another_archive_meanwhile() {
    let archive = encrypted();
    let inner = archive.clone();
    let builder = Reader::builder().passwords_from(move |_| {
        let mut reader = Reader::builder()
            .password(Password::new("right").unwrap())
            .from_bytes(&inner)
            .unwrap();
        let mut entry = reader.next_entry().unwrap().unwrap();
        assert_eq!(entry.read_to_vec().unwrap(), b"first");
        password("right")
    });
    let mut reader = builder.from_bytes(&archive).unwrap();
    let mut entry = reader.next_entry().unwrap().unwrap();
    assert_eq!(entry.read_to_vec().unwrap(), b"first");
}
