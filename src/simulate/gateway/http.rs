//! HTTP/1.1 on the server's side (RFC 9112): requests out of a byte stream, answers into one.

/// The largest head of a request, in bytes.
const MAX_HEAD: usize = 16 << 10;
/// A body beyond this is not read at all.
const MAX_BODY: usize = 64 << 10;

/// A complete request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    pub method: String,
    /// The request-target, byte for byte.
    pub target: String,
    pub headers: Vec<(String, Vec<u8>)>,
    pub body: Vec<u8>,
    /// The client wants the connection closed, or speaks HTTP/1.0 without keep-alive.
    pub close: bool,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        self.all(name).next()
    }

    pub fn all<'a, 'n>(&'a self, name: &'n str) -> impl Iterator<Item = &'a [u8]> + use<'a, 'n> {
        self.headers.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_slice())
    }

    pub fn path(&self) -> &str {
        self.target.split(['?', '#']).next().unwrap_or_default()
    }
}

/// What the bytes received so far come to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Parsed {
    /// Not a whole request yet; `expects` when the client waits for `100 Continue` before its body.
    More { expects: bool },
    /// A request, and how many bytes it took.
    Request(Request, usize),
    /// Bytes that are no request: answer with this status and close.
    Bad(u16),
}

/// Reads a request from the beginning of `input`.
pub(super) fn parse(input: &[u8]) -> Parsed {
    let Some(head_end) = find(input, b"\r\n\r\n") else {
        return if input.len() > MAX_HEAD { Parsed::Bad(431) } else { Parsed::More { expects: false } };
    };
    let head = input.get(..head_end).unwrap_or_default();
    let mut lines = head.split(|b| *b == b'\n').map(|l| l.strip_suffix(b"\r").unwrap_or(l));
    let start = String::from_utf8_lossy(lines.next().unwrap_or_default()).into_owned();
    let mut words = start.split(' ');
    let (Some(method), Some(target), Some(version), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Parsed::Bad(400);
    };
    if !version.starts_with("HTTP/1.") || method.is_empty() || target.is_empty() {
        return Parsed::Bad(400);
    }
    let mut headers = Vec::new();
    for line in lines {
        let Some(colon) = line.iter().position(|b| *b == b':') else { return Parsed::Bad(400) };
        let (name, value) = line.split_at(colon);
        // RFC 9112 section 5.1: no blank between name and colon.
        if name.is_empty() || name.iter().any(|b| b.is_ascii_whitespace()) {
            return Parsed::Bad(400);
        }
        let value = value.get(1..).unwrap_or_default().trim_ascii().to_vec();
        headers.push((String::from_utf8_lossy(name).into_owned(), value));
    }
    let mut request =
        Request { method: method.into(), target: target.into(), headers, body: Vec::new(), close: false };
    let connection = request.header("connection").unwrap_or_default().to_ascii_lowercase();
    request.close = match version {
        "HTTP/1.0" => find(&connection, b"keep-alive").is_none(),
        _ => find(&connection, b"close").is_some(),
    };
    let expects = request.header("expect").is_some_and(|v| v.eq_ignore_ascii_case(b"100-continue"));
    let rest = input.get(head_end + 4..).unwrap_or_default();
    let chunked =
        request.header("transfer-encoding").is_some_and(|v| v.to_ascii_lowercase().ends_with(b"chunked"));
    let (body, used) = if chunked {
        match chunks(rest) {
            Chunks::Whole(body, used) => (body, used),
            Chunks::More => return Parsed::More { expects: expects && rest.is_empty() },
            Chunks::Bad(status) => return Parsed::Bad(status),
        }
    } else {
        let length = match request.header("content-length").map(std::str::from_utf8) {
            None => 0,
            Some(Ok(text)) if text.bytes().all(|b| b.is_ascii_digit()) => match text.parse::<usize>() {
                Ok(length) => length,
                Err(_) => return Parsed::Bad(400),
            },
            Some(_) => return Parsed::Bad(400),
        };
        if length > MAX_BODY {
            return Parsed::Bad(413);
        }
        match rest.get(..length) {
            Some(body) => (body.to_vec(), length),
            None => return Parsed::More { expects: expects && rest.is_empty() },
        }
    };
    request.body = body;
    Parsed::Request(request, head_end + 4 + used)
}

enum Chunks {
    Whole(Vec<u8>, usize),
    More,
    Bad(u16),
}

/// A chunked body (RFC 9112 section 7.1), extensions and trailers ignored.
fn chunks(input: &[u8]) -> Chunks {
    let (mut body, mut at) = (Vec::new(), 0usize);
    loop {
        let rest = input.get(at..).unwrap_or_default();
        let Some(line_end) = find(rest, b"\r\n") else {
            return if rest.len() > 100 { Chunks::Bad(400) } else { Chunks::More };
        };
        let size = rest.get(..line_end).unwrap_or_default().split(|b| *b == b';').next().unwrap_or_default();
        let size =
            std::str::from_utf8(size.trim_ascii()).ok().and_then(|s| usize::from_str_radix(s, 16).ok());
        let Some(size) = size.filter(|s| *s <= MAX_BODY && body.len() + *s <= MAX_BODY) else {
            return Chunks::Bad(400);
        };
        let data = rest.get(line_end + 2..).unwrap_or_default();
        if size == 0 {
            // Trailers, then an empty line.
            if data.starts_with(b"\r\n") {
                return Chunks::Whole(body, at + line_end + 4);
            }
            return match find(data, b"\r\n\r\n") {
                Some(end) => Chunks::Whole(body, at + line_end + 2 + end + 4),
                None => Chunks::More,
            };
        }
        match (data.get(..size), data.get(size..size + 2)) {
            (Some(piece), Some(b"\r\n")) => body.extend_from_slice(piece),
            (_, Some(_)) => return Chunks::Bad(400),
            _ => return Chunks::More,
        }
        at += line_end + 2 + size + 2;
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|w| w == needle)
}

/// An answer.
#[derive(Debug, Clone, Default)]
pub(super) struct Response {
    pub status: u16,
    pub content_type: &'static str,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
    /// Claims a body longer than the one sent, then closes: an answer that breaks off.
    pub cut: Option<usize>,
    /// Nothing follows on this connection.
    pub close: bool,
}

impl Response {
    /// JSON with this status.
    pub fn json(status: u16, value: &serde_json::Value) -> Response {
        let mut body = value.to_string().into_bytes();
        body.push(b'\n');
        Response { status, content_type: "application/json", body, ..Response::default() }
    }

    /// The device's form of an error.
    pub fn error(status: u16, message: &str) -> Response {
        Response::json(status, &serde_json::json!({ "error": message }))
    }

    pub fn empty(status: u16) -> Response {
        Response { status, ..Response::default() }
    }

    /// The bytes to send; `head` leaves the body out (HEAD).
    pub fn bytes(&self, head: bool) -> Vec<u8> {
        let mut out = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status)).into_bytes();
        let mut line = |name: &str, value: &str| {
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b": ");
            out.extend_from_slice(value.as_bytes());
            out.extend_from_slice(b"\r\n");
        };
        if !self.content_type.is_empty() {
            line("Content-Type", self.content_type);
        }
        for (name, value) in &self.headers {
            line(name, value);
        }
        line("Cache-Control", "no-store");
        // RFC 9110 section 8.6: no length with 204 and 1xx.
        if self.status != 204 && self.status >= 200 {
            line("Content-Length", &self.cut.unwrap_or(self.body.len()).to_string());
        }
        if self.close {
            line("Connection", "close");
        }
        out.extend_from_slice(b"\r\n");
        if !head {
            out.extend_from_slice(&self.body);
        }
        out
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        100 => "Continue",
        200 => "OK",
        204 => "No Content",
        400 => "Bad Request",
        401 => "Unauthorized",
        404 => "Not Found",
        405 => "Method Not Allowed",
        413 => "Content Too Large",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "Status",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn request(input: &[u8]) -> (Request, usize) {
        match parse(input) {
            Parsed::Request(request, used) => (request, used),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn one_after_the_other() {
        let input = b"PUT /a?b HTTP/1.1\r\nHost: x\r\ncontent-length: 2\r\n\r\n{}GET / HTTP/1.1\r\n\r\n";
        let (first, used) = request(input);
        assert_eq!(
            (first.method.as_str(), first.path(), first.body.as_slice()),
            ("PUT", "/a", b"{}".as_slice())
        );
        assert!(!first.close);
        let (second, rest) = request(&input[used..]);
        assert_eq!((second.method.as_str(), used + rest), ("GET", input.len()));
    }

    /// The chunked example of RFC 9112 section 7.1.3's form, with an extension and a trailer.
    #[test]
    fn chunked() {
        let input = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nWiki\r\n5;x=1\r\npedia\r\n0\r\nT: 1\r\n\r\nX";
        let (found, used) = request(input);
        assert_eq!(found.body, b"Wikipedia");
        assert_eq!(used, input.len() - 1);
    }

    #[test]
    fn connection_and_expectation() {
        assert!(request(b"GET / HTTP/1.0\r\n\r\n").0.close);
        assert!(!request(b"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").0.close);
        assert!(request(b"GET / HTTP/1.1\r\nConnection: Close\r\n\r\n").0.close);
        let waiting = b"PUT / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
        assert_eq!(parse(waiting), Parsed::More { expects: true });
    }

    #[test]
    fn what_is_no_request() {
        for bad in [
            "GET /\r\n\r\n",
            "GET / HTTP/2\r\n\r\n",
            "GET / HTTP/1.1\r\nno colon\r\n\r\n",
            "GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        ] {
            assert_eq!(parse(bad.as_bytes()), Parsed::Bad(400), "{bad:?}");
        }
        assert_eq!(parse(b"PUT / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n"), Parsed::Bad(413));
    }

    #[test]
    fn no_length_with_204() {
        assert_eq!(
            Response::empty(204).bytes(false),
            b"HTTP/1.1 204 No Content\r\nCache-Control: no-store\r\n\r\n"
        );
    }

    proptest! {
        #[test]
        fn no_bytes_panic(input in "((GET|PUT) |/[a-z]| HTTP/1.[01]|\r\n|Content-Length: [0-9]{1,3}|Transfer-Encoding: chunked|[ -~]|[0-9a-f]\r\n){0,20}") {
            let _ = parse(input.as_bytes());
        }

        /// Every prefix of a request asks for more, and the whole gives it.
        #[test]
        fn however_it_arrives(body in proptest::collection::vec(any::<u8>(), 0..50)) {
            let mut input = format!("PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n", body.len()).into_bytes();
            input.extend_from_slice(&body);
            for end in 0..input.len() {
                prop_assert_eq!(parse(&input[..end]), Parsed::More { expects: false });
            }
            prop_assert_eq!(request(&input).0.body, body);
        }
    }
}
