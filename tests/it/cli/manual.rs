//! What a shell and `man` are given: it names every subcommand, and a shell takes it.

use std::process::Command;

use super::Desk;

#[tokio::test]
async fn a_shell_takes_its_completions_and_they_offer_every_subcommand() {
    let desk = Desk::new();
    let bash = desk.run(&["completions", "bash"]).await;
    bash.ended(0)
        .says(&["complete -F _flightdeck", "status", "doctor"]);
    let file = desk.file("completions.bash", &bash.out);
    let script = format!(
        "source {file}; COMP_WORDS=(flightdeck fla); COMP_CWORD=1; _flightdeck flightdeck fla flightdeck; echo \"${{COMPREPLY[@]}}\""
    );
    let offered = Command::new("bash").args(["-c", &script]).output().unwrap();
    let offered = String::from_utf8_lossy(&offered.stdout).into_owned();
    assert_eq!(offered.trim(), "flag");
    for shell in ["zsh", "fish", "elvish", "powershell"] {
        desk.run(&["completions", shell])
            .await
            .ended(0)
            .says(&["render"]);
    }
    desk.run(&["completions", "cmd"])
        .await
        .ended(2)
        .says(&["bash, elvish, fish"]);
}

#[tokio::test]
async fn the_manual_has_a_page_for_each_subcommand_and_says_which_there_are() {
    let desk = Desk::new();
    let page = desk.run(&["man"]).await;
    page.ended(0)
        .says(&[".TH flightdeck 1", "flightdeck\\-doctor(1)"]);
    let page = desk.run(&["man", "flag", "disable"]).await;
    page.ended(0)
        .says(&[".TH flightdeck-flag-disable 1", "\\-\\-reason"]);
    desk.run(&["man", "flag", "rename"]).await.ended(2).says(&[
        "flightdeck flag has no subcommand \"rename\"",
        "disable",
        "enable",
    ]);
}
