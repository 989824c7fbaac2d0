//! A broker behind TLS: a real Redis server with a certificate that was made for the test. Where `PROVER_TEST_REDIS` is not
//! set nothing is started, and the test says so.

use prover_broker::{Address, Answers, Broker, BrokerError, Enqueued, Jobs};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The address, in the process that has the certificate's authority in its environment.
const ADDRESS: &str = "PROVER_TEST_TLS_ADDRESS";

/// A server that is killed when this is dropped.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn openssl(place: &Path, arguments: &str) {
    let mut command = Command::new("openssl");
    let output = command.args(arguments.split_whitespace()).current_dir(place).output().expect("openssl starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// An authority and a certificate of `localhost` by it.
fn certificates(place: &Path) {
    openssl(place, "req -x509 -newkey rsa:2048 -nodes -days 2 -keyout ca.key -out ca.crt -subj /CN=test-authority");
    openssl(place, "req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=localhost");
    std::fs::write(place.join("names"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n").unwrap();
    openssl(
        place,
        "x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile names -out server.crt",
    );
}

fn connect(url: &str) -> Result<Broker, BrokerError> {
    Broker::connect(&Address::new(url, |_| None).unwrap(), Duration::from_secs(5), Arc::new(|| false))
}

/// What the inner process does.
fn exchange(url: &str) {
    let mut broker = connect(url).unwrap();
    let mut answers = Answers::new("test", "run");
    assert_eq!(answers.enqueue(&mut broker, [("key", &b"job"[..])]).unwrap(), [Enqueued::New]);
    let mut worker = broker.another().unwrap();
    let mut jobs = Jobs::new("test", "worker.0");
    let delivery = jobs.take(&mut worker, Duration::from_secs(1)).unwrap().unwrap();
    assert!(jobs.answer(&mut worker, &delivery, "worker", b"answer").unwrap());
    let read = answers.read(&mut broker, Duration::from_secs(1)).unwrap();
    assert_eq!(read[0].answer, b"answer");
}

#[test]
fn jobs_and_answers_go_through_tls_to_a_server_that_is_known_only() {
    if let Ok(url) = std::env::var(ADDRESS) {
        return exchange(&url);
    }
    if std::env::var_os("PROVER_TEST_REDIS").is_none() {
        eprintln!("skipped: PROVER_TEST_REDIS is not set");
        return;
    }
    let place = tempfile::tempdir().unwrap();
    certificates(place.path());
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut server = Command::new("redis-server");
    server.args(["--port", "0", "--tls-port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""]);
    server.args(["--tls-cert-file", "server.crt", "--tls-key-file", "server.key", "--tls-ca-cert-file", "ca.crt"]);
    server.args(["--tls-auth-clients", "no"]).current_dir(place.path()).stdout(Stdio::null());
    let _server = Server(server.spawn().expect("redis-server starts"));
    let start = Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(start.elapsed() < Duration::from_secs(60), "the server does not start");
        std::thread::sleep(Duration::from_millis(20));
    }
    let url = format!("rediss://localhost:{port}/0");
    // Nobody vouches for its certificate here, so that it is not talked to.
    let error = connect(&url).map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("ertificate"), "{error}");
    // And a server without TLS is none.
    assert!(connect(&format!("redis://localhost:{port}/0")).is_err());
    let mut inner = Command::new(std::env::current_exe().unwrap());
    inner.args(["--exact", "jobs_and_answers_go_through_tls_to_a_server_that_is_known_only"]);
    let output = inner.env(ADDRESS, &url).env("SSL_CERT_FILE", place.path().join("ca.crt")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
