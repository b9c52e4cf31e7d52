//! Films: something that is watched step by step, forwards and backwards, by
//! itself or by hand.

use super::pace::{Pace, Turn};
use super::shared::Shared;
use super::speed::Speed;
use crate::protocol::{ErrorView, ExplanationView, FieldKind, ReadView, ReadingView, Span};

/// What can be watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Film {
    /// The module being decoded, field by field.
    Decoding,
    /// A function being validated, instruction by instruction.
    Validation,
}

/// Where a film stands, and how fast it moves. Places are numbers, of which a
/// film shows some: `next` and `before` lead from one to another, as far as they
/// are known.
#[derive(Debug, Clone)]
pub struct Player {
    place: u32,
    pace: Option<Pace>,
    speed: Speed,
}

impl Player {
    /// A film that stands at its beginning.
    pub fn new(speed: Speed) -> Self {
        Self { place: 0, pace: None, speed }
    }

    /// Where it stands.
    pub fn place(&self) -> u32 {
        self.place
    }

    /// How fast it moves.
    pub fn speed(&self) -> Speed {
        self.speed
    }

    /// Whether it moves by itself.
    pub fn is_playing(&self) -> bool {
        self.pace.is_some()
    }

    /// Moves by itself from here on.
    pub fn play(&mut self, now: f64) {
        self.pace = Some(Pace::new(self.speed.per_second, now));
    }

    /// Stands.
    pub fn pause(&mut self) {
        self.pace = None;
    }

    /// Moves this fast.
    pub fn set_speed(&mut self, speed: Speed, now: f64) {
        self.speed = speed;
        if self.is_playing() {
            self.play(now);
        }
    }

    /// Goes to a place.
    pub fn seek(&mut self, place: u32) {
        self.place = place;
    }

    /// Moves on by as much as is due; stands once it comes to `last`. True if it moved.
    pub fn tick(&mut self, now: f64, last: u32, next: impl Fn(u32) -> Option<u32>) -> bool {
        let Some(pace) = &mut self.pace else { return false };
        let Turn::Run(due) = pace.turn(now) else { return false };
        let from = self.place;
        let mut ends = false;
        let mut moved = 0;
        while moved < due && !ends {
            match next(self.place) {
                Some(place) if place <= last => self.place = place,
                Some(_) => ends = true,
                // What comes next is not known yet.
                None => break,
            }
            moved += 1;
        }
        pace.ran(moved, 0.0);
        if ends {
            self.pace = None;
        }
        self.place != from || ends
    }
}

/// A moment of decoding: the field that is being read.
#[derive(Debug, Clone, PartialEq)]
pub struct Shot {
    window: Shared<ReadingView>,
    index: usize,
    /// How many bytes have been read by then.
    pub read: u32,
    /// The section and entry that the structure shows.
    pub entry: (u32, Option<u32>),
}

/// Which field of a window a byte belongs to.
pub fn read_at(window: &ReadingView, offset: u32) -> Option<(usize, &ReadView)> {
    let next = window.reads.partition_point(|read| read.card.span.start <= offset);
    let index = next.checked_sub(1)?;
    window.reads.get(index).filter(|read| offset < read.card.span.end).map(|read| (index, read))
}

impl Shot {
    /// The moment at which the field that a byte belongs to is read.
    pub fn at(window: &Shared<ReadingView>, offset: u32) -> Option<Self> {
        let (index, read) = read_at(window, offset)?;
        let (read, entry) = (read.card.span.end, (read.section, read.entry));
        Some(Self { window: window.clone(), index, read, entry })
    }

    /// The moment at which the decoder gives up, having read so many bytes.
    pub fn of_error(read: u32, error: &ErrorView) -> Self {
        let start = error.offset.unwrap_or(read);
        let card = ExplanationView {
            offset: start,
            path: Vec::new(),
            name: error.title.clone(),
            kind: FieldKind::Unknown,
            span: Span { start, end: start + 1 },
            raw: Default::default(),
            value: String::new(),
            leb128: None,
            meaning: error.details.join("; "),
            operator: None,
            siblings: Vec::new(),
        };
        let reads = vec![ReadView { section: u32::MAX, entry: None, card }];
        let window = ReadingView { from: start, stop: read, failed: None, reads };
        Self { window: Shared::new(window), index: 0, read, entry: (u32::MAX, None) }
    }

    /// What is known of the field.
    pub fn card(&self) -> &ExplanationView {
        // Windows do not change, and the index was found in this one.
        &self.window.reads[self.index].card
    }

    /// The bytes of the field.
    pub fn span(&self) -> Span {
        self.card().span
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn speed(per_second: u32) -> Speed {
        Speed { per_second: Some(per_second), label: "" }
    }

    fn playing(per_second: u32) -> Player {
        let mut player = Player::new(speed(per_second));
        player.play(0.0);
        player
    }

    #[test]
    fn a_film_moves_as_fast_as_it_is_told_and_stands_at_its_end() {
        let mut player = playing(16);
        let mut places = Vec::new();
        for frame in 1..120 {
            if player.tick(f64::from(frame) * 1000.0 / 60.0, 20, |place| Some(place + 1)) {
                places.push(player.place());
            }
        }
        assert_eq!(places[..3], [1, 2, 3]);
        assert_eq!(player.place(), 20);
        assert!(!player.is_playing());
    }

    #[test]
    fn a_fast_film_moves_by_several_steps_a_frame() {
        let mut player = playing(1000);
        player.tick(100.0, u32::MAX, |place| Some(place + 2));
        assert!((198..=204).contains(&player.place()), "{}", player.place());
    }

    #[test]
    fn a_film_waits_for_what_it_does_not_know_yet() {
        let mut player = playing(1000);
        assert!(player.tick(100.0, 1000, |place| (place < 7).then_some(place + 1)));
        assert_eq!(player.place(), 7);
        assert!(!player.tick(110.0, 1000, |_| None));
        assert!(player.is_playing());
    }

    #[test]
    fn a_film_that_stands_does_not_move() {
        let mut player = playing(16);
        player.pause();
        assert!(!player.tick(1000.0, 20, |place| Some(place + 1)));
        player.seek(4);
        player.set_speed(speed(4), 0.0);
        assert_eq!((player.place(), player.is_playing()), (4, false));
        assert_eq!(player.speed().per_second, Some(4));
    }

    #[test]
    fn a_shot_is_of_the_field_that_a_byte_belongs_to() {
        let read = |start, end, entry| {
            let error = ErrorView::titled("stands for any field");
            let mut card = Shot::of_error(start, &error).card().clone();
            card.span = Span { start, end };
            ReadView { section: 1, entry, card }
        };
        let reads = vec![read(8, 9, None), read(9, 11, Some(0))];
        let view = Shared::new(ReadingView { from: 8, stop: 11, failed: None, reads });
        let shot = Shot::at(&view, 10).unwrap();
        assert_eq!((shot.span(), shot.read), (Span { start: 9, end: 11 }, 11));
        assert_eq!(shot.entry, (1, Some(0)));
        for outside in [0, 7, 11] {
            assert_eq!(Shot::at(&view, outside), None);
        }
    }

    #[test]
    fn the_decoder_gives_up_at_the_byte_of_the_error() {
        let error = ErrorView { offset: Some(9), ..ErrorView::titled("Malformed module") };
        let shot = Shot::of_error(14, &error);
        assert_eq!((shot.span(), shot.read), (Span { start: 9, end: 10 }, 14));
    }
}
