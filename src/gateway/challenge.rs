//! The grammar of `WWW-Authenticate` (RFC 9110 section 11.6.1): any number of challenges, in one
//! line or in several.
//!
//! ```text
//! WWW-Authenticate = challenge *( OWS "," OWS challenge )
//! challenge        = scheme [ 1*SP ( token68 / param *( OWS "," OWS param ) ) ]
//! param            = token BWS "=" BWS ( token / quoted-string )
//! ```
//!
//! A comma separates both challenges and parameters; what follows decides: a token with `=` after it
//! is a parameter, one without is the next scheme.  Devices bend the grammar, and the reader goes
//! along as far as the meaning is plain: missing commas, unquoted values with `=` and `/`, and a qop
//! list without quotes.

/// One challenge: a scheme and its parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// The scheme as it was spelt; schemes compare without case.
    pub scheme: String,
    /// Parameters in order: the name in lower case, the value without quotes and escapes.
    pub params: Vec<(String, Vec<u8>)>,
}

impl Challenge {
    /// True for this scheme, in any case.
    pub fn is(&self, scheme: &str) -> bool {
        self.scheme.eq_ignore_ascii_case(scheme)
    }

    /// A parameter's value, if it is there and is UTF-8 (RFC 7616 section 3.3 knows no other charset).
    pub fn param(&self, name: &str) -> Option<&str> {
        let (_, value) = self.params.iter().find(|(n, _)| n == name)?;
        std::str::from_utf8(value).ok()
    }
}

/// The challenges in these header lines, in order.  Never fails: what is no challenge is left out.
pub fn parse_challenges<'a>(lines: impl IntoIterator<Item = &'a [u8]>) -> Vec<Challenge> {
    let mut found = Vec::new();
    for line in lines {
        Reader { rest: line }.challenges(&mut found);
    }
    found
}

/// The parameters of `Authentication-Info` (RFC 7616 section 3.5): a list without a scheme.
pub(super) fn parse_info(line: &[u8]) -> Challenge {
    let mut found = vec![Challenge { scheme: String::new(), params: Vec::new() }];
    Reader { rest: line }.challenges(&mut found);
    found.swap_remove(0)
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn challenges(&mut self, found: &mut Vec<Challenge>) {
        // Parameters before the first scheme of a line belong to nothing, except in a list without one.
        let mut open = found.last().is_some_and(|c| c.scheme.is_empty());
        loop {
            self.skip(|b| matches!(b, b' ' | b'\t' | b','));
            if self.rest.is_empty() {
                return;
            }
            let word = self.take(is_token);
            if word.is_empty() {
                // Nothing the grammar knows: on to the next comma.
                self.skip_value();
                self.skip(|b| b != b',' && b != b' ');
                continue;
            }
            let name = String::from_utf8_lossy(word).into_owned();
            let after = self.rest;
            self.skip(is_blank);
            if self.eat(b'=') {
                self.skip(is_blank);
                let value = self.value();
                if let (true, Some(value), Some(last)) = (open, value, found.last_mut()) {
                    let name = name.to_ascii_lowercase();
                    if !last.params.iter().any(|(n, _)| *n == name) {
                        last.params.push((name, value));
                    }
                }
                continue;
            }
            self.rest = after;
            if let (true, Some(Challenge { params, .. })) = (open, found.last_mut())
                && let Some((last, value)) = params.last_mut()
                && last == "qop"
                && matches!(name.to_ascii_lowercase().as_str(), "auth" | "auth-int")
            {
                // `qop=auth,auth-int` without quotes.
                value.push(b',');
                value.extend_from_slice(word);
                continue;
            }
            found.push(Challenge { scheme: name, params: Vec::new() });
            open = true;
            self.skip(is_blank);
            self.skip_token68();
        }
    }

    /// Passes over `dGVzdA==`, which no scheme that we know uses, so that it is not taken for a name.
    fn skip_token68(&mut self) {
        let before = self.rest;
        let body = self.take(|b| b.is_ascii_alphanumeric() || b"-._~+/".contains(&b));
        let pad = self.take(|b| b == b'=');
        self.skip(is_blank);
        let ends = matches!(self.rest.first(), None | Some(b','));
        let is_param = pad.len() == 1 && body.iter().all(|b| is_token(*b)) && !self.rest.is_empty();
        if body.is_empty() || !ends || is_param || (pad.is_empty() && body.iter().all(|b| is_token(*b))) {
            self.rest = before;
        }
    }

    /// A value; `None` for a quoted one without its end.
    fn value(&mut self) -> Option<Vec<u8>> {
        if !self.eat(b'"') {
            return Some(self.take(|b| !matches!(b, b',' | b' ' | b'\t' | b'"')).to_vec());
        }
        let mut value = Vec::new();
        loop {
            match self.next()? {
                b'"' => return Some(value),
                b'\\' => value.push(self.next()?),
                byte => value.push(byte),
            }
        }
    }

    /// Passes over a quoted text, so that a comma inside it does not count.
    fn skip_value(&mut self) {
        if self.rest.first() == Some(&b'"') {
            let _ = self.value();
        } else {
            let _ = self.next();
        }
    }

    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn eat(&mut self, byte: u8) -> bool {
        let hit = self.rest.first() == Some(&byte);
        if hit {
            let _ = self.next();
        }
        hit
    }

    fn take(&mut self, keep: impl Fn(u8) -> bool) -> &'a [u8] {
        let end = self.rest.iter().position(|b| !keep(*b)).unwrap_or(self.rest.len());
        let (head, tail) = self.rest.split_at_checked(end).unwrap_or((self.rest, &[]));
        self.rest = tail;
        head
    }

    fn skip(&mut self, over: impl Fn(u8) -> bool) {
        let _ = self.take(over);
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// RFC 9110 section 5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(lines: &[&str]) -> Vec<Challenge> {
        parse_challenges(lines.iter().map(|l| l.as_bytes()))
    }

    fn schemes(lines: &[&str]) -> Vec<String> {
        parse(lines).into_iter().map(|c| c.scheme).collect()
    }

    /// The example of RFC 9110 section 11.6.1.
    #[test]
    fn rfc_9110_two_challenges_in_one_line() {
        let line = r#"Basic realm="simple", Newauth realm="apps", type=1, title="Login to \"apps\"""#;
        let found = parse(&[line]);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].param("realm"), Some("simple"));
        assert!(found[1].is("NEWAUTH"));
        assert_eq!(found[1].param("title"), Some(r#"Login to "apps""#));
        assert_eq!(found[1].param("type"), Some("1"));
    }

    /// The challenge of RFC 7616 section 3.9.1, both header fields.
    #[test]
    fn rfc_7616_two_lines() {
        let tail = r#"qop="auth, auth-int", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS""#;
        let one = format!(r#"Digest realm="http-auth@example.org", {tail}, algorithm=SHA-256"#);
        let two = format!(r#"Digest realm="http-auth@example.org", {tail}, algorithm=MD5"#);
        let found = parse(&[&one, &two]);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].param("algorithm"), Some("SHA-256"));
        assert_eq!(found[1].param("algorithm"), Some("MD5"));
        assert_eq!(found[1].param("qop"), Some("auth, auth-int"));
        assert_eq!(found[1].param("nonce"), Some("7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"));
    }

    #[test]
    fn schemes_without_parameters_and_with_token68() {
        assert_eq!(schemes(&["Negotiate, NTLM, Digest realm=x,nonce=y"]), ["Negotiate", "NTLM", "Digest"]);
        assert_eq!(schemes(&["Negotiate dGVzdA==, Basic realm=\"x\""]), ["Negotiate", "Basic"]);
        assert_eq!(schemes(&["Negotiate ab/cd, Basic realm=\"x\""]), ["Negotiate", "Basic"]);
        assert_eq!(schemes(&["Bearer"]), ["Bearer"]);
        assert_eq!(schemes(&[""]), [""; 0]);
    }

    #[test]
    fn what_devices_write() {
        let found = parse(&[
            "digest REALM = \"r\" ,qop=auth,auth-int,nonce=abc/d==,algorithm=\"MD5-sess\",stale=TRUE",
        ]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].param("realm"), Some("r"));
        assert_eq!(found[0].param("qop"), Some("auth,auth-int"));
        assert_eq!(found[0].param("nonce"), Some("abc/d=="));
        assert_eq!(found[0].param("algorithm"), Some("MD5-sess"));
        assert_eq!(found[0].param("stale"), Some("TRUE"));
        let missing_comma = parse(&[r#"Digest realm="a" nonce="b""#]);
        assert_eq!(missing_comma[0].param("nonce"), Some("b"));
        let comma_inside = parse(&[r#"Basic realm="a, Digest nonce=x""#]);
        assert_eq!(comma_inside.len(), 1);
        let cut_off = parse(&[r#"Digest realm="a", nonce="b"#]);
        assert_eq!((cut_off[0].param("realm"), cut_off[0].param("nonce")), (Some("a"), None));
    }

    #[test]
    fn bytes_beyond_ascii() {
        let found = parse(&["Digest realm=\"Zähler-Küche\", nonce=\"x\""]);
        assert_eq!(found[0].param("realm"), Some("Zähler-Küche"));
        let latin1: &[u8] = b"Digest realm=\"Z\xe4hler\", nonce=\"x\"";
        let found = parse_challenges([latin1]);
        assert_eq!((found[0].param("realm"), found[0].param("nonce")), (None, Some("x")));
    }

    #[test]
    fn authentication_info_has_no_scheme() {
        let info = parse_info(br#"qop=auth, rspauth="aa", cnonce="bb", nc=00000001, nextnonce="cc/+=""#);
        assert_eq!(info.param("nextnonce"), Some("cc/+="));
        assert_eq!(info.param("rspauth"), Some("aa"));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(line in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse_challenges([line.as_slice()]);
            let _ = parse_info(&line);
        }

        #[test]
        fn nearly_right_lines_do_not_panic(line in "((Digest|Basic|Nego)[ ,]?|[a-z]{1,4}=|\"|\\\\|,| |=|[ -~]){0,40}") {
            let _ = parse_challenges([line.as_bytes()]);
        }

        /// Whatever the values, quoting and reading again gives them back, in one line or several.
        #[test]
        fn written_and_read(values in proptest::collection::vec("\\PC{0,12}", 1..5), joined in any::<bool>()) {
            let lines: Vec<String> = values
                .iter()
                .map(|v| format!("Digest realm=\"{}\", nonce=n", v.replace('\\', "\\\\").replace('"', "\\\"")))
                .collect();
            let lines = if joined { vec![lines.join(", ")] } else { lines };
            let found = parse_challenges(lines.iter().map(|l| l.as_bytes()));
            prop_assert_eq!(found.len(), values.len());
            for (challenge, value) in found.iter().zip(&values) {
                prop_assert_eq!(challenge.param("realm"), Some(value.as_str()));
                prop_assert_eq!(challenge.param("nonce"), Some("n"));
            }
        }
    }
}
