//! How long a phone waits for what.

use super::*;

/// Little patience.
const SHORT: Duration = Duration::from_millis(400);

fn push(bytes: usize) -> Request {
    Request { method: "POST", path: "/v1/push".to_owned(), body: vec![b'x'; bytes] }
}

#[test]
fn a_connection_that_was_idle_for_long_is_not_used_again() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let answering = std::thread::spawn(move || {
        let connections = [(); 2].map(|()| {
            let mut stream = listener.accept().unwrap().0;
            head(&mut stream);
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nrows").unwrap();
            stream
        });
        drop(connections);
    });
    let mut line = HttpTransport::waiting(&address, None, None, 5 * SECOND).unwrap();
    assert_eq!(line.send(&pull(), None).unwrap().body, b"rows");
    std::thread::sleep(KEPT + SECOND / 2);
    assert_eq!(line.send(&pull(), None).unwrap().body, b"rows");
    answering.join().unwrap();
}

/// What a phone of little patience makes of it.
fn waited<T: Send + 'static>(
    request: &Request,
    for_it: impl FnOnce(TcpStream) -> T + Send + 'static,
) -> Result<Response, TransportError> {
    let (address, answering) = listening(for_it);
    let response = HttpTransport::waiting(&address, None, None, SHORT).unwrap().send(request, None);
    answering.join().unwrap();
    response
}

#[test]
fn an_answer_that_moves_is_waited_for() {
    let answer = waited(&pull(), |mut stream| {
        head(&mut stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 30\r\n\r\n").unwrap();
        for _ in 0..30 {
            std::thread::sleep(SHORT / 6);
            stream.write_all(b"x").unwrap();
        }
    });
    assert_eq!(answer.unwrap().body.len(), 30);
}

#[test]
fn a_body_that_moves_is_waited_for() {
    const PIECES: u32 = 32;
    let answer = waited(&push(32 << 20), |mut stream| {
        head(&mut stream);
        let mut piece = vec![0; 1 << 20];
        for _ in 0..PIECES {
            std::thread::sleep(SHORT / 8);
            stream.read_exact(&mut piece).unwrap();
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nrows").unwrap();
    });
    assert_eq!(answer.unwrap().body, b"rows");
}

#[test]
fn an_answer_is_waited_for_while_a_thin_line_carries_the_body() {
    for (bytes, is_heard) in [(0, false), (2 * THIN_LINE, true)] {
        let answer = waited(&push(bytes), move |mut stream| {
            head(&mut stream);
            stream.read_exact(&mut vec![0; bytes]).unwrap();
            std::thread::sleep(SHORT * 3);
            // Who is not waited for finds nobody.
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nrows").is_ok()
        });
        match answer {
            Ok(answer) => assert!(is_heard && answer.body == b"rows", "{bytes}"),
            Err(lost) => assert!(!is_heard && lost.to_string().contains("receive response"), "{lost}"),
        }
    }
}

#[test]
fn who_stops_in_the_middle_is_not_waited_for_and_who_never_ends_not_for_ever() {
    for (pause, why) in [(SHORT * 3, "per read"), (SHORT / 20, "global")] {
        let lost = waited(&pull(), move |mut stream| {
            head(&mut stream);
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 400\r\n\r\n").unwrap();
            for _ in 0..400 {
                std::thread::sleep(pause);
                if stream.write_all(b"x").is_err() {
                    break;
                }
            }
        });
        let lost = lost.unwrap_err().to_string();
        assert!(lost.contains("timeout") && lost.contains(why), "{lost}");
    }
}
