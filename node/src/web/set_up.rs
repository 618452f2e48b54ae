//! The first visit: from the code on the console to "You're ready", one page a step. Each works without script, and whoever
//! closes the browser finds the next step when they come again.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use protocol::{input::Request, refusal::Refusal};
use serde::Deserialize;

use super::{
    Web,
    account::{told, welcome},
    introduce,
    network::join::in_text,
    people::{self, Made},
    quilt::BLOCKS,
    sheet::{self, Sheet},
    site::{Site, later, nothing_here, page},
};
use crate::{
    config::{INVITE_DAYS, PASSWORD_LEAST},
    people::{Newcomer, NotIn, Role, Step, Visitor},
};

#[derive(Template)]
#[template(path = "set_up.html")]
struct SetUpPage {
    site: Site,
    /// Which step; none while the code is asked for.
    step: Option<Step>,
    typed: Typed,
    wrong: Option<String>,
    /// The block that stands beside the name so far.
    block: u32,
    sheet: Option<Sheet>,
    made: Option<Made>,
    network: String,
    waiting: bool,
}

/// What the forms of these pages send.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    code: String,
    name: String,
    place: String,
    summary: String,
    audience: String,
    block: Option<u32>,
    called: String,
    email: String,
    password: String,
    way: String,
    purpose: String,
    ticket: String,
    role: String,
    days: u32,
}

/// The next step, or the code.
pub(super) async fn show(State(web): State<Web>, site: Site, from: Visitor) -> Response {
    match place(&web, &site, &from) {
        Place::Code => code(site, Typed::default(), None),
        Place::At(next) => Redirect::to(&format!("/set-up/{}", next.name())).into_response(),
        Place::Elsewhere(response) => *response,
    }
}

/// Where somebody is in all this.
enum Place {
    /// The code from the console comes first.
    Code,
    /// So far, and not farther.
    At(Step),
    /// This is not for them.
    Elsewhere(Box<Response>),
}

fn place(web: &Web, site: &Site, from: &Visitor) -> Place {
    let elsewhere = |response: Response| Place::Elsewhere(Box::new(response));
    if web.people.is_new() {
        let inside = from.token.as_ref().is_some_and(|token| web.people.sets_up(token));
        return if inside { Place::At(web.people.step().min(Step::Account)) } else { Place::Code };
    }
    match &site.account {
        Some(_) if site.is_admin() => Place::At(web.people.step()),
        Some(_) => elsewhere(nothing_here(site)),
        None => elsewhere(Redirect::to("/sign-in").into_response()),
    }
}

fn code(site: Site, typed: Typed, wrong: Option<(StatusCode, String)>) -> Response {
    let (status, wrong) = wrong.map_or((StatusCode::OK, None), |(status, wrong)| (status, Some(wrong)));
    (status, page(&SetUpPage { typed, wrong, ..blank(site, None) })).into_response()
}

fn blank(site: Site, step: Option<Step>) -> SetUpPage {
    SetUpPage {
        step,
        typed: Typed::default(),
        wrong: None,
        block: site.block(),
        sheet: None,
        made: None,
        network: String::new(),
        waiting: false,
        site,
    }
}

/// The code from the console.
pub(super) async fn open(State(web): State<Web>, site: Site, from: Visitor, Form(typed): Form<Typed>) -> Response {
    match web.people.open_set_up(&typed.code, &from).await {
        Ok(token) => welcome(&site, &token, "/set-up"),
        Err(NotIn::Taken) => Redirect::to("/sign-in").into_response(),
        Err(why) => {
            let wrong = told(&site, why);
            code(site, typed, Some(wrong))
        }
    }
}

/// The step of an address, as long as the visitor may be there: at the next one, or back at one before.
fn step(web: &Web, site: &Site, from: &Visitor, name: &str) -> Result<Step, Box<Response>> {
    let Some(asked) = Step::ALL.into_iter().find(|step| step.name() == name) else {
        return Err(Box::new(nothing_here(site)));
    };
    let to_the_next = || Err(Box::new(Redirect::to("/set-up").into_response()));
    match place(web, site, from) {
        // An account is made once.
        Place::At(next) if asked == Step::Account && next > Step::Account => to_the_next(),
        // Without an account nothing more is done than what leads to one.
        Place::At(next) if asked <= next || (asked <= Step::Account && web.people.is_new()) => Ok(asked),
        Place::Elsewhere(response) => Err(response),
        Place::At(_) | Place::Code => to_the_next(),
    }
}

/// One step.
pub(super) async fn show_step(State(web): State<Web>, site: Site, from: Visitor, Path(name): Path<String>) -> Response {
    match step(&web, &site, &from, &name) {
        Ok(step) => shown(&web, site, &from, step, Typed::default(), None).await,
        Err(elsewhere) => *elsewhere,
    }
}

async fn shown(
    web: &Web,
    site: Site,
    from: &Visitor,
    step: Step,
    mut typed: Typed,
    wrong: Option<(StatusCode, String)>,
) -> Response {
    let (status, wrong) = wrong.map_or((StatusCode::OK, None), |(status, wrong)| (status, Some(wrong)));
    let mut sheet = None;
    match step {
        Step::Name if typed.name.is_empty() => {
            let known = introduce::known(web).await;
            (typed.name, typed.place, typed.summary) = (known.name, known.place, known.summary);
            typed.audience = known.audience.to_owned();
        }
        // Not from a browser that was left open.
        Step::Sheet | Step::Colleagues if !is_proved(web, from) => return prove(),
        Step::Sheet => match sheet::sheet(web, &site).await {
            Some(found) => sheet = Some(found),
            None => return later(&site),
        },
        _ => {}
    }
    let whose = web.catalog.whose();
    let (network, waiting) = (whose.network_name.unwrap_or_default(), web.people.introduces());
    let shown = SetUpPage { typed, wrong, sheet, network, waiting, ..blank(site, Some(step)) };
    // Until there is an account no session says so.
    sheet::kept_by_nobody((status, page(&shown)).into_response())
}

/// What was chosen at a step.
pub(super) async fn choose(
    State(web): State<Web>,
    site: Site,
    from: Visitor,
    Path(name): Path<String>,
    Form(typed): Form<Typed>,
) -> Response {
    let step = match step(&web, &site, &from, &name) {
        Ok(step) => step,
        Err(elsewhere) => return *elsewhere,
    };
    let done = match step {
        Step::Name => introduce::name(&web, &typed.name, &typed.place, &typed.summary, &typed.audience).await,
        Step::Block => match typed.block.filter(|block| *block < BLOCKS) {
            Some(block) => introduce::profile(&web, site.language, block).await,
            None => Ok(()),
        },
        Step::Account => return account(&web, site, &from, typed).await,
        Step::Network => network(&web, &typed).await,
        Step::Colleagues if typed.way == "invite" && !is_proved(&web, &from) => return prove(),
        Step::Colleagues if typed.way == "invite" => return colleague(&web, site, &from, typed).await,
        Step::Sheet | Step::Colleagues | Step::Ready => Ok(()),
    };
    if let Err(why) = done {
        let wrong = (StatusCode::UNPROCESSABLE_ENTITY, site.language.refused(&why));
        return shown(&web, site, &from, step, typed, Some(wrong)).await;
    }
    match web.people.did(step).await {
        Ok(()) => Redirect::to("/set-up").into_response(),
        Err(_) => later(&site),
    }
}

/// Whether the password was typed on this browser lately.
fn is_proved(web: &Web, from: &Visitor) -> bool {
    from.token.as_ref().is_some_and(|token| web.people.is_proved(token))
}

/// Asks for it.
fn prove() -> Response {
    Redirect::to("/settings/confirm?to=/set-up").into_response()
}

/// Who looks after this node, from now on.
async fn account(web: &Web, site: Site, from: &Visitor, typed: Typed) -> Response {
    let newcomer = Newcomer { called: &typed.called, name: &typed.email, password: &typed.password };
    match web.people.first(newcomer, from).await {
        Ok(token) => welcome(&site, &token, "/set-up"),
        Err(why) => {
            let wrong = told(&site, why);
            shown(web, site, from, Step::Account, typed, Some(wrong)).await
        }
    }
}

/// Begins a network, goes to one, or leaves it for later.
async fn network(web: &Web, typed: &Typed) -> Result<(), Refusal> {
    let request = match typed.way.as_str() {
        "found" => {
            let (name, purpose) = (typed.name.trim().into(), typed.purpose.trim().into());
            Request::Found { name, purpose, rules: String::new() }
        }
        "join" => Request::Join { ticket: in_text(&typed.ticket) },
        _ => return Ok(()),
    };
    web.node.ask(request).await?;
    introduce::introduce(web).await;
    Ok(())
}

/// Invites somebody, and stays here for the next one.
async fn colleague(web: &Web, site: Site, from: &Visitor, typed: Typed) -> Response {
    let Some(admin) = site.account.clone() else { return later(&site) };
    let asked = people::Typed::of(typed.role.clone(), typed.days);
    match people::invitation(web, &site, &admin, &asked).await {
        Ok(made) => page(&SetUpPage { made: Some(made), ..blank(site, Some(Step::Colleagues)) }),
        Err(why) => {
            let wrong = told(&site, why);
            shown(web, site, from, Step::Colleagues, typed, Some(wrong)).await
        }
    }
}

impl SetUpPage {
    fn least(&self) -> usize {
        PASSWORD_LEAST
    }

    fn roles(&self) -> [Role; 4] {
        Role::ALL
    }

    fn days(&self) -> [u32; 3] {
        INVITE_DAYS
    }

    fn blocks(&self) -> std::ops::Range<u32> {
        0..BLOCKS
    }

    fn is_block(&self, block: &u32) -> bool {
        self.block == *block
    }

    /// What a block is called: its pattern and its color.
    fn block_name(&self, block: &u32) -> String {
        let (pattern, color) = (block % 12, block / 12);
        self.site.pair(
            "block-name",
            &self.site.say(&format!("pattern-{pattern}")),
            &self.site.say(&format!("palette-{color}")),
        )
    }

    /// Such as "Step 2 of 7".
    fn step_of(&self, step: &Step) -> String {
        let at = Step::ALL.iter().position(|one| one == step).unwrap_or(0) + 1;
        self.site.page_words("step-of", at, Step::ALL.len())
    }
}
