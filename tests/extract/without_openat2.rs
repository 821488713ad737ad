//! The same on a kernel without `openat2`, where paths are walked component by component.

use std::thread;

use rustix::{
    fs::{CWD, Mode, OFlags, ResolveFlags, openat2},
    io::Errno,
};

use crate::hostile::CASES;

/// Makes `openat2` fail with `ENOSYS` in this thread, for good.
fn forbid_openat2() {
    let number = u32::try_from(libc::SYS_openat2).unwrap();
    let statement = |code: u32, jump_if_not: u8, operand: u32| libc::sock_filter {
        code: u16::try_from(code).unwrap(),
        jt: 0,
        jf: jump_if_not,
        k: operand,
    };
    let mut program = [
        // The number of the system call is the first word of what the filter sees.
        statement(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0),
        statement(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 1, number),
        statement(
            libc::BPF_RET | libc::BPF_K,
            0,
            libc::SECCOMP_RET_ERRNO | Errno::NOSYS.raw_os_error().unsigned_abs(),
        ),
        statement(libc::BPF_RET | libc::BPF_K, 0, libc::SECCOMP_RET_ALLOW),
    ];
    let program = libc::sock_fprog {
        len: 4,
        filter: program.as_mut_ptr(),
    };
    // SAFETY: a flag of this thread; no pointers.
    let code = unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) };
    assert_eq!(code, 0);
    // SAFETY: the program lives through the call, which copies it, and has the length it says.
    let code = unsafe {
        libc::prctl(
            libc::PR_SET_SECCOMP,
            libc::SECCOMP_MODE_FILTER,
            &raw const program,
        )
    };
    assert_eq!(code, 0, "{}", std::io::Error::last_os_error());
}

#[test]
fn hostile_archives_stay_inside() {
    // A thread of its own: the filter never goes away again.
    thread::spawn(|| {
        forbid_openat2();
        let opened = openat2(CWD, ".", OFlags::PATH, Mode::empty(), ResolveFlags::empty());
        assert_eq!(opened.unwrap_err(), Errno::NOSYS);
        for (name, case) in CASES {
            eprintln!("{name}");
            case();
        }
    })
    .join()
    .unwrap();
}
