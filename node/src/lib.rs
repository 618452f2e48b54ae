//! What a Commonweal node does: it carries out what `protocol` decides.
//!
//! `run` is where to begin: the loop between the engine, the network and the people who ask.

pub mod run;
pub mod config;
pub mod clock;
pub mod log;
mod disk;
pub mod home;
pub mod keys;
pub mod journal;
pub mod signed_log;
pub mod store;
pub mod backup;
pub mod doctor;
pub mod network;
pub mod control;
pub mod transfer;
pub mod api;
pub mod people;
pub mod drafts;
mod confidential;
mod index;
mod metrics;
pub mod catalog;
pub mod search;
pub mod neighbors;
pub mod live;
pub mod health;
mod recurrence;
mod agenda;
mod caldav;
pub mod web;
