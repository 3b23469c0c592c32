//! `host health`, the command of a container's health check.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::thread;

use autotag_fake_aws::FakeAws;
use autotag_tests::host::{self, Replay, Service};
use tempfile::tempdir;

use super::LONG;

/// Runs `host health` with these variables and arguments.
fn health(variables: &[(&str, &str)], arguments: &[&str]) -> Replay {
    let mut command = host::command();
    command.arg("health").args(arguments).envs(variables.iter().copied());
    Replay::of(command.output().unwrap())
}

/// A local address at which no program listens.
fn unused() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

#[test]
fn a_service_is_asked_where_it_listens_however_that_is_set_and_says_whether_it_is_ready() {
    let aws = FakeAws::start();
    aws.create_queue("events");
    let port = unused().port();
    let everywhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)).to_string();
    let here = SocketAddr::from((Ipv4Addr::LOCALHOST, port)).to_string();
    let _service = Service::new(&aws, "events").env("AUTOTAG_LISTEN", &everywhere).start();
    let folder = tempdir().unwrap();
    let file = folder.path().join("host.toml");
    std::fs::write(&file, format!("listen = \"{everywhere}\"\n")).unwrap();
    let file = file.to_str().unwrap();
    // A configured proxy does not apply to this machine's own service, and no certificates are needed.
    let proxy = format!("http://{}", unused());
    let proxies = ["http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"].map(|name| (name, &*proxy));
    let others = [("AUTOTAG_LISTEN", &*everywhere), ("SSL_CERT_FILE", "/dev/null")];
    let ready = || {
        let asked = health(&[&proxies[..], &others].concat(), &[]);
        (asked.status, asked.stdout) == (0, "ready\n".into())
    };
    aws.wait_until(|_| ready(), LONG);
    assert_eq!(health(&[], &["--listen", &here]).status, 0);
    assert_eq!(health(&[("AUTOTAG_CONFIG", file)], &[]).status, 0);
    assert_eq!(health(&[], &["--config", file]).status, 0);
    assert_eq!(health(&[], &["--config", file, "--json"]).stdout, "{\"ready\":true,\"reason\":null}\n");
    // A flag wins over the file.
    assert_eq!(health(&[], &["--config", file, "--listen", &unused().to_string()]).status, 1);
}

#[test]
fn a_service_whose_queue_does_not_answer_is_not_ready_and_says_why() {
    let address = unused().to_string();
    let aws = FakeAws::start();
    let _service = Service::new(&aws, "not-there").env("AUTOTAG_LISTEN", &address).start();
    let mut asked = health(&[("AUTOTAG_LISTEN", &address)], &[]);
    while asked.stdout.contains("no answer") || asked.stdout.contains("plugins are being loaded") {
        asked = health(&[("AUTOTAG_LISTEN", &address)], &[]);
    }
    let words = "not ready: the queue has not answered yet; the log says why, if a receive has failed\n";
    assert_eq!((asked.status, &*asked.stdout, &*asked.stderr), (1, words, ""));
}

#[test]
fn a_service_that_is_not_there_or_is_another_is_not_healthy() {
    let address = unused().to_string();
    let asked = health(&[("AUTOTAG_LISTEN", &address)], &[]);
    assert_eq!(asked.status, 1);
    assert!(asked.stdout.contains("is `host run` running, and does it listen there?"), "{asked:?}");
    assert!(asked.stdout.contains(&address), "{asked:?}");

    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap().to_string();
    let answering = thread::spawn(move || {
        let (mut connection, _) = other.accept().unwrap();
        let _ = connection.read(&mut [0; 1024]).unwrap();
        write!(connection, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n").unwrap();
    });
    let asked = health(&[("AUTOTAG_LISTEN", &address)], &[]);
    answering.join().unwrap();
    assert_eq!(asked.status, 1);
    assert!(asked.stdout.contains("is answered by something else than `host run`"), "{asked:?}");
}

#[test]
fn an_address_that_is_not_set_or_cannot_be_known_is_wrong_usage_and_says_what_to_do() {
    let words = "where the service listens is not set: pass --listen, set AUTOTAG_LISTEN, or `listen` in the file";
    for (variables, arguments, words) in [
        (&[][..], &[][..], words),
        (&[("AUTOTAG_LISTN", "127.0.0.1:1")], &[], "unknown key `AUTOTAG_LISTN`; did you mean `AUTOTAG_LISTEN`?"),
        (&[], &["--listen", "127.0.0.1:0"], "the service's port is not known"),
        (&[("AUTOTAG_CONFIG", "/not-there/host.toml")], &[], "cannot read /not-there/host.toml"),
        (&[], &["--listen", "9464"], "invalid value '9464' for '--listen <ADDRESS:PORT>'"),
    ] {
        let asked = health(variables, arguments);
        assert_eq!((asked.status, &*asked.stdout), (2, ""), "{asked:?}");
        assert!(asked.stderr.contains(words), "{asked:?}");
    }
}
