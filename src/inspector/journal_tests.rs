//! Tests of the journal.

use super::*;
use crate::inspector::body_copy::BodyCopy;
use crate::inspector::entry::{Bodies, Text};
use crate::pipeline::reason::Reason;
use crate::pipeline::record::AccessRecord;
use actix_web::http::Method;
use arc_swap::ArcSwapOption;
use std::time::{Instant, SystemTime};

fn new(target: &str) -> Entry {
    let text = Text::new(target, Some(b"text/html"));
    let record = AccessRecord::new(Reason::File);
    Entry::new(
        (Instant::now(), SystemTime::now()),
        Method::GET,
        text,
        record,
    )
}

fn entry(journal: &Journal, target: &str) -> Arc<Entry> {
    let entry = Arc::new(new(target));
    journal.add_followed(Arc::clone(&entry));
    entry
}

/// The end of an exchange with a body of that many bytes.
fn ended(length: usize) -> Ended {
    let mut response = BodyCopy::default();
    response.add(&vec![b'x'; length]);
    let bodies = Bodies::Kept {
        request: None,
        response,
    };
    Ended {
        bodies: ArcSwapOption::from_pointee(bodies),
        ..Ended::default()
    }
}

fn sum(ring: &Ring) -> usize {
    ring.kept.iter().map(|kept| kept.bytes).sum()
}

fn ids(journal: &Journal, after: u64, limit: usize) -> Vec<u64> {
    let found = journal.after(after, limit).entries;
    found.iter().map(|entry| entry.id()).collect()
}

#[test]
fn a_hundred_thousand_requests_take_bounded_memory() {
    let journal = Journal::default();
    for _ in 0..100_000 {
        let usual = new("/a/usual/path?with=a&query=of&some=length");
        journal.add(usual);
    }
    let ring = journal.gather();
    assert_eq!(
        (ring.kept.len(), ring.dropped),
        (256, 99_744),
        "of one thread"
    );
    drop(ring);
    journal.after(0, 1);
    for _ in 0..100_000 {
        entry(&journal, "/a/usual/path?with=a&query=of&some=length");
    }
    let ring = journal.gather();
    assert_eq!((ring.kept.len(), ring.dropped), (CAPACITY, 190_000));
    assert!(ring.bytes < 8 * 1024 * 1024, "{}", ring.bytes);
    assert_eq!(ring.bytes, sum(&ring));
}

#[test]
fn long_requests_and_bodies_push_older_ones_out() {
    let target = format!("/{}", "x".repeat(100_000));
    let journal = Journal::default();
    for _ in 0..1000 {
        entry(&journal, &target);
    }
    assert!(journal.pending.bytes() <= pending::ALL_BYTES);
    for _ in 0..1000 {
        let entry = entry(&journal, &target);
        journal.end(&entry, ended(100_000));
    }
    let ring = journal.gather();
    assert!(ring.bytes <= RING_BYTES, "{}", ring.bytes);
    assert!(ring.kept.len() > 100, "{}", ring.kept.len());
    assert_eq!(ring.bytes, sum(&ring));
}

#[test]
fn bodies_make_room_before_requests_do() {
    let journal = Journal::default();
    journal.after(0, 1);
    let entries: Vec<_> = (0..1000).map(|_| entry(&journal, "/x")).collect();
    // Each ends later than those that came after it, and the oldest last of all.
    for entry in entries.iter().rev() {
        journal.end(entry, ended(60_000));
    }
    let ring = journal.gather();
    assert_eq!((ring.kept.len(), ring.dropped), (1000, 0));
    assert!(ring.bytes <= RING_BYTES, "{}", ring.bytes);
    assert_eq!(ring.bytes, sum(&ring));
    let with: Vec<bool> = (ring.kept.iter())
        .map(|kept| kept.entry.ended.get().is_some_and(|ended| ended.size() > 0))
        .collect();
    let first = with.iter().position(|has_body| *has_body).unwrap();
    assert!(
        with[first..].iter().all(|has_body| *has_body),
        "the oldest go first"
    );
    assert!((1..1000 - RING_BYTES / 70_000).contains(&first), "{first}");
    drop(ring);

    // Without bodies there is nothing else to forget.
    let long = format!("/{}", "x".repeat(100_000));
    (0..1000).for_each(|_| drop(entry(&journal, &long)));
    let ring = journal.gather();
    assert!(ring.bytes <= RING_BYTES && ring.dropped > 0);
    assert_eq!(ring.bytes, sum(&ring));
    assert!(
        entries
            .iter()
            .all(|entry| entry.ended.get().is_some_and(|ended| ended.size() == 0))
    );
}

#[test]
fn the_newest_after_a_number_are_found() {
    let journal = Journal::default();
    for _ in 0..10 {
        entry(&journal, "/x");
    }
    assert_eq!(ids(&journal, 7, 10), [8, 9, 10]);
    assert_eq!(ids(&journal, 0, 2), [9, 10]);
    assert_eq!(journal.find(3).map(|entry| entry.id()), Some(3));
    journal.clear();
    assert!(ids(&journal, 0, 10).is_empty());
    assert_eq!(journal.number(&entry(&journal, "/x")), 11);
}

#[test]
fn requests_of_all_threads_are_numbered_as_they_were_answered() {
    let journal = Arc::new(Journal::default());
    // More threads than there are shards.
    let threads: Vec<_> = (0..6)
        .map(|_| {
            let journal = Arc::clone(&journal);
            std::thread::spawn(move || (0..100).for_each(|_| drop(entry(&journal, "/x"))))
        })
        .collect();
    // What is read while they come is never numbered anew, and nothing comes in below it.
    let mut seen = Vec::new();
    while !threads.iter().all(|thread| thread.is_finished()) {
        let last = seen.last().copied().unwrap_or(0);
        seen.extend(ids(&journal, last, CAPACITY));
    }
    let last = seen.last().copied().unwrap_or(0);
    seen.extend(ids(&journal, last, CAPACITY));
    assert_eq!(seen, (1..=600).collect::<Vec<u64>>());
    for thread in threads {
        thread.join().unwrap();
    }
    let first = entry(&journal, "/first");
    let asked = journal.next();
    assert_eq!((first.id(), asked), (601, 602), "older ones come first");
    entry(&journal, "/unwatched");
    let seat = journal.join();
    entry(&journal, "/watched");
    let told = seat.events.len();
    assert_eq!((ids(&journal, 602, 9), told), (vec![603, 604], 1));
}
