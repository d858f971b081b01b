//! Memory and descriptors of the emulator, over time.

use std::fmt;
use std::fs;
use std::time::Instant;

/// After this many seconds everything is warm: a trend means something.
const WARM: f64 = 60.0;
/// MB a minute that allocator and page cache may wander.
const SLOPE: f64 = 1.0;

/// Resident memory in MB and open files, once a second.
#[derive(Default)]
pub(super) struct Samples {
    from: Option<Instant>,
    /// Seconds, MB, files.
    taken: Vec<(f64, f64, usize)>,
}

impl Samples {
    pub(super) fn take(&mut self, pid: u32) {
        let from = *self.from.get_or_insert_with(Instant::now);
        self.taken
            .push((from.elapsed().as_secs_f64(), resident(pid), open_files(pid)));
    }

    /// MB a minute after warming up; `None` where the run was too short to tell.
    fn slope(&self) -> Option<f64> {
        let warm: Vec<_> = self.taken.iter().filter(|sample| sample.0 > WARM).collect();
        if warm.len() < 60 {
            return None;
        }
        let count = warm.len() as f64;
        let mean_time = warm.iter().map(|sample| sample.0).sum::<f64>() / count;
        let mean_size = warm.iter().map(|sample| sample.1).sum::<f64>() / count;
        let (mut above, mut below) = (0.0, 0.0);
        for (time, size, _) in warm {
            above += (time - mean_time) * (size - mean_size);
            below += (time - mean_time).powi(2);
        }
        Some(above / below * 60.0)
    }

    /// Neither descriptors nor, in a run that is long enough, memory grow for ever.
    pub(super) fn assert_steady(&self) {
        let most = self.taken.iter().map(|sample| sample.2).max();
        assert!(most < Some(250), "{most:?} open files");
        let slope = self.slope().unwrap_or_default();
        assert!(slope < SLOPE, "{slope:.2} MB a minute");
    }
}

impl fmt::Display for Samples {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Some(first), Some(last)) = (self.taken.first(), self.taken.last()) else {
            return Ok(());
        };
        write!(f, "memory: {:.1} MB, then {:.1} MB", first.1, last.1)?;
        if let Some(slope) = self.slope() {
            write!(f, ", {slope:+.2} MB a minute when warm")?;
        }
        let most = self.taken.iter().map(|sample| sample.2).max();
        write!(
            f,
            "\nopen files: {}, then {}, at most {most:?}",
            first.2, last.2
        )
    }
}

fn resident(pid: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next());
    kilobytes.unwrap().parse::<f64>().unwrap() / 1024.0
}

pub(super) fn open_files(pid: u32) -> usize {
    fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count()
}
