//! A server for the page: on this machine only, unless another address is given. The page is made again for each
//! request, so that it follows runs under way.

use super::record::{RecordError, find};
use super::report::Report;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use tiny_http::{Header, Method, Response, Server};

/// The error of a server that cannot listen.
#[derive(Debug, thiserror::Error)]
#[error("cannot serve at {address}: {source}")]
pub struct ServeError {
    address: SocketAddr,
    source: Box<dyn std::error::Error + Send + Sync>,
}

/// A server of a page.
pub struct PageServer {
    server: Server,
    folders: Vec<PathBuf>,
    make: Box<dyn Fn(Report) -> Report + Send + Sync>,
}

impl PageServer {
    /// Listens at an address. `make` completes a report of runs that were read.
    ///
    /// # Errors
    /// When the address is taken or is none of this machine.
    pub fn bind(
        address: SocketAddr,
        folders: Vec<PathBuf>,
        make: impl Fn(Report) -> Report + Send + Sync + 'static,
    ) -> Result<Self, ServeError> {
        let server = Server::http(address).map_err(|source| ServeError { address, source })?;
        Ok(Self { server, folders, make: Box::new(make) })
    }

    /// The address at which it listens.
    pub fn address(&self) -> Option<SocketAddr> {
        self.server.server_addr().to_ip()
    }

    /// Answers until the program ends.
    pub fn run(&self) {
        for request in self.server.incoming_requests() {
            let path = request.url().split(['?', '#']).next().unwrap_or_default().to_owned();
            let (status, kind, body) = match (request.method(), path.as_str()) {
                (Method::Get | Method::Head, "/" | "/data.json") => self.answer(&path),
                (Method::Get | Method::Head, _) => (404, "text/plain", "there is / and /data.json\n".to_owned()),
                _ => (405, "text/plain", "the page can only be read\n".to_owned()),
            };
            let mut response = Response::from_string(body).with_status_code(status);
            // The page has no parts elsewhere, and no other page may have it as a part.
            let headers = [
                ("Content-Type", format!("{kind}; charset=utf-8")),
                ("Cache-Control", "no-store".to_owned()),
                ("X-Content-Type-Options", "nosniff".to_owned()),
                ("X-Frame-Options", "DENY".to_owned()),
            ];
            for (name, value) in headers {
                if let Ok(header) = Header::from_bytes(name, value) {
                    response.add_header(header);
                }
            }
            // A browser that has gone is no reason to stop.
            let _: io::Result<()> = request.respond(response);
        }
    }

    fn answer(&self, path: &str) -> (u16, &'static str, String) {
        match self.report() {
            Err(error) => (500, "text/plain", format!("{error}\n")),
            Ok(report) if path == "/" => (200, "text/html", report.page()),
            Ok(report) => (200, "application/json", report.data().to_string()),
        }
    }

    fn report(&self) -> Result<Report, RecordError> {
        let runs = if self.folders.is_empty() { Vec::new() } else { find(&self.folders)? };
        Ok((self.make)(Report { runs, follows: true, ..Report::default() }))
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::tests::write_run;
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpStream;

    fn ask(address: SocketAddr, request: &str) -> String {
        let mut stream = TcpStream::connect(address).unwrap();
        write!(stream, "{request} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    #[test]
    fn the_page_follows_a_run() {
        let place = tempfile::tempdir().unwrap();
        let run = place.path().join("run");
        write_run(&run, "seed = 1\n", "{\"iteration\":1,\"train_loss\":1.5}\n");
        let folders = vec![place.path().to_path_buf()];
        let make = |report: Report| Report { title: "followed".into(), ..report };
        let server = PageServer::bind("127.0.0.1:0".parse().unwrap(), folders, make).unwrap();
        let address = server.address().unwrap();
        std::thread::spawn(move || server.run());
        let page = ask(address, "GET /");
        assert!(page.starts_with("HTTP/1.1 200") && page.contains("<title>followed</title>"));
        assert!(ask(address, "GET /data.json").contains("\"train_loss\":[1.5]"));
        write_run(&run, "seed = 1\n", "{\"iteration\":1,\"train_loss\":1.5}\n{\"iteration\":2,\"train_loss\":0.5}\n");
        assert!(ask(address, "GET /data.json?x").contains("\"train_loss\":[1.5,0.5]"));
        assert!(ask(address, "GET /etc/passwd").starts_with("HTTP/1.1 404"));
        assert!(ask(address, "POST /").starts_with("HTTP/1.1 405"));
        std::fs::remove_dir_all(&run).unwrap();
        assert!(ask(address, "GET /").starts_with("HTTP/1.1 500"));
        // An address that is taken.
        let error = PageServer::bind(address, vec![], |report| report).err().unwrap().to_string();
        assert!(error.contains(&address.to_string()), "{error}");
    }
}
