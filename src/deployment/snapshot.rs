//! One deployment as a tree of files that is served as it is and never changes.

use std::collections::{BTreeMap, HashSet};
use std::fs;

use serde::{Deserialize, Serialize};

use super::failpoints;
use super::objects;
use super::store::{StorePaths, is_id};
use crate::artefact::Entry;
use crate::artefact::content_folder::joined;
use crate::store::StoreError;
use crate::store::atomic_file::write_whole;
use crate::store::folder::{make_folder, names, remove_folder};

/// `manifest.json`: the hash of every file, by its path below the snapshot (`content/index.html`).
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Path → hash.
    pub files: BTreeMap<String, String>,
}

/// Makes the snapshot `id` of entries and their hashes; `content` and `api` are put below folders of these names. It is
/// there whole or not at all.
pub fn make(
    paths: &StorePaths,
    id: &str,
    parts: [(&str, &[Entry], &[String]); 2],
) -> Result<Manifest, StoreError> {
    let tmp = paths.tmp();
    let making = tmp.join(id);
    let mut manifest = Manifest::default();
    let mut folders = HashSet::new();
    for (part, entries, hashes) in parts {
        for (entry, hash) in entries.iter().zip(hashes) {
            let relative = format!("{part}/{}", entry.relative);
            let target = making.join(&relative);
            if let Some(folder) = target.parent()
                && folders.insert(folder.to_path_buf())
            {
                make_folder(&tmp, folder)?;
            }
            objects::place(&paths.object(hash), &target)?;
            manifest.files.insert(relative, hash.clone());
        }
    }
    make_folder(&tmp, &making)?;
    failpoints::point("tree");
    let file = making.join("manifest.json");
    let text = serde_json::to_vec(&manifest).map_err(std::io::Error::from);
    text.and_then(|text| write_whole(&file, &text))
        .map_err(StoreError::io("writing", &file))?;
    paths.make(&paths.snapshots())?;
    let target = paths.snapshot(id);
    fs::rename(&making, &target).map_err(StoreError::io("writing", &target))?;
    failpoints::point("snapshot");
    Ok(manifest)
}

/// What a snapshot consists of.
///
/// # Errors
/// Its manifest cannot be read or is damaged.
pub fn manifest(paths: &StorePaths, id: &str) -> Result<Manifest, StoreError> {
    let path = paths.snapshot(id).join("manifest.json");
    let bytes = fs::read(&path).map_err(StoreError::io("reading", &path))?;
    let read = serde_json::from_slice(&bytes).map_err(std::io::Error::from);
    read.map_err(StoreError::io("reading", &path))
}

/// Removes snapshots that nothing names any more, then contents that no snapshot has. A snapshot whose manifest cannot be
/// read keeps all contents: better too much than too little.
pub fn collect<'a>(
    paths: &StorePaths,
    wanted: impl Iterator<Item = &'a str>,
) -> Result<(), StoreError> {
    let wanted: HashSet<&str> = wanted.collect();
    for id in names(&paths.snapshots())? {
        if is_id(&id) && !wanted.contains(id.as_str()) {
            remove_folder(&paths.snapshot(&id))?;
        }
    }
    let mut used = HashSet::new();
    for id in wanted {
        match manifest(paths, id) {
            Ok(manifest) => used.extend(manifest.files.into_values()),
            Err(error) => {
                log::warn!(hint = "cygnet environments verify"; "no content is removed: {error}");
                return Ok(());
            }
        }
    }
    for (hash, file) in objects::all(paths)? {
        if !used.contains(&hash) {
            fs::remove_file(&file).map_err(StoreError::io("removing", &file))?;
        }
    }
    Ok(())
}

/// What is wrong with a snapshot: files that are missing, changed or too many. Every file is read.
pub fn verify(paths: &StorePaths, id: &str) -> Result<Vec<String>, StoreError> {
    let root = paths.snapshot(id);
    let manifest = match manifest(paths, id) {
        Ok(manifest) => manifest,
        Err(error) => return Ok(vec![error.to_string()]),
    };
    let mut wrong = Vec::new();
    for (relative, hash) in &manifest.files {
        let path = root.join(relative);
        match objects::hash_of(&path) {
            Ok(found) if found == *hash => {}
            Ok(_) => wrong.push(format!("{} was changed", path.display())),
            Err(error) => wrong.push(error.to_string()),
        }
    }
    for part in ["content", "api"] {
        for entry in walkdir::WalkDir::new(root.join(part)).into_iter().flatten() {
            let path = entry.path();
            let relative = joined(path.strip_prefix(&root).unwrap_or(path));
            if entry.file_type().is_file() && !manifest.files.contains_key(&relative) {
                wrong.push(format!("{} is not of this deployment", path.display()));
            }
        }
    }
    Ok(wrong)
}
