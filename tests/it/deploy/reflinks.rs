//! What a deployment shares with the files that it was made of, on a disk that can.

use std::fs;
use std::path::Path;
use std::process::Command;

/// A disk of its own in a file, with XFS; `None` where none can be made.
struct Disk(tempfile::TempDir);

impl Disk {
    fn mount() -> Option<Self> {
        let disk = Self(tempfile::tempdir().unwrap());
        let (image, folder) = (disk.0.path().join("image"), disk.folder());
        // The smallest that XFS takes; what is not written to takes no space.
        fs::File::create(&image)
            .unwrap()
            .set_len(320 << 20)
            .unwrap();
        fs::create_dir(&folder).unwrap();
        let made = succeeds(Command::new("mkfs.xfs").arg("-q").arg(&image));
        let mounted = made
            && succeeds(
                Command::new("mount")
                    .args(["-o", "loop"])
                    .arg(&image)
                    .arg(&folder),
            );
        mounted.then_some(disk)
    }

    fn folder(&self) -> std::path::PathBuf {
        self.0.path().join("disk")
    }

    fn used(&self) -> u64 {
        assert!(succeeds(Command::new("sync").arg("-f").arg(self.folder())));
        let told = Command::new("df")
            .args(["--output=used", "-B1"])
            .arg(self.folder())
            .output();
        let told = String::from_utf8(told.unwrap().stdout).unwrap();
        told.lines().nth(1).unwrap().trim().parse().unwrap()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = succeeds(Command::new("umount").arg(self.folder()));
    }
}

fn succeeds(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

fn deploy(project: &Path) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cygnet"));
    let state = project.with_file_name("state");
    command
        .args(["deploy", "dist"])
        .current_dir(project)
        .env("CYGNET_STATE_DIR", state);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

/// The one file of this name below a folder.
fn stored(project: &Path, name: &str) -> Vec<u8> {
    let snapshots = project.join(".cygnet/deployments/snapshots");
    let mut found = walkdir::WalkDir::new(snapshots).into_iter().flatten();
    let found = found.find(|entry| entry.file_name() == name).unwrap();
    fs::read(found.path()).unwrap()
}

const SIZE: usize = 20_000_000;

fn project(folder: &Path) -> std::path::PathBuf {
    let project = folder.join("shop");
    fs::create_dir_all(project.join("dist")).unwrap();
    fs::write(project.join("dist/index.html"), "<h1>one</h1>").unwrap();
    let film: Vec<u8> = (0..SIZE as u32)
        .map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    fs::write(project.join("dist/film.bin"), film).unwrap();
    project
}

/// What is written into the build afterwards is not written into the deployment.
fn stays_what_it_was(project: &Path) {
    use std::io::Write as _;
    let before = fs::read(project.join("dist/film.bin")).unwrap();
    let mut film = fs::OpenOptions::new()
        .write(true)
        .open(project.join("dist/film.bin"))
        .unwrap();
    film.write_all(b"written over").unwrap();
    assert!(stored(project, "film.bin") == before);
}

#[test]
fn a_large_file_shares_its_blocks_with_the_build_and_stays_what_it_was() {
    let Some(disk) = Disk::mount() else {
        println!("skipped: no disk can be made here");
        return;
    };
    let project = project(&disk.folder());
    let before = disk.used();
    deploy(&project);
    let added = disk.used().saturating_sub(before);
    assert!(added < SIZE as u64 / 4, "{added} bytes");
    stays_what_it_was(&project);
}

#[test]
fn a_large_file_is_copied_where_nothing_can_be_shared() {
    let folder = tempfile::tempdir().unwrap();
    let project = project(folder.path());
    deploy(&project);
    stays_what_it_was(&project);
}
