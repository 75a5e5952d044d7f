using System.CommandLine;
using System.Text.Json.Nodes;
using Vdi.Server.Client;

namespace Vdi.Server.Commands;

/// <summary>vdi user: people.</summary>
internal static class UserCommand
{
    private static readonly Argument<string> Name = new("user") { Description = "User name, or id" };

    private static readonly EditedKind Edited = new("user", Name, (call, deleted) => Lookup.UserAsync(call, call.Get(Name), deleted));

    public static Command Create() => new("user", "People")
    {
        List(), Show(), New(),
        Edited.Edit("Changes some of a person's settings, all that is given or nothing"),
        Edited.Delete("Moves a person to the recycle bin and ends the person's sessions"),
        Edited.Restore("Brings a person back from the recycle bin"),
        ResetPassword(), SignOut(),
    };

    private static ApiVerb List()
    {
        var search = new Option<string?>("--search") { Description = "Only those whose user name, name or address contains this" };
        var group = new Option<string?>("--group") { Description = "Only those of this group" };
        var deleted = new Option<bool>("--deleted") { Description = "Those in the recycle bin" };
        var paging = new Paging();
        return new ApiVerb(
            "list",
            "Lists people",
            call => paging.ListAsync(
                call,
                ApiClient.Path("/api/users", ("search", call.Get(search)), ("group", call.Get(group)), ("deleted", call.Get(deleted))),
                Column.At("user", "userName"),
                Column.At("name", "settings.displayName"),
                Column.At("email", "settings.email"),
                Column.At("roles", "settings.roles"),
                Column.At("groups", "settings.groups"),
                Column.At("sessions", "sessions"),
                new("", item => item.At("settings.disabled")?.GetValue<bool>() == true ? "disabled" : item["lockedUntil"] is { } until ? $"locked until {until.ShowInstant()}" : "")),
            [search, group, deleted, .. paging.Options]);
    }

    private static ApiVerb Show() => new("show", "Shows everything of a person", async call => call.Details((await call.Api.GetAsync(await Lookup.UserAsync(call, call.Get(Name)), call.Stop)).Body), Name);

    private static ApiVerb New()
    {
        var name = new Argument<string>("user") { Description = "User name, in any script" };
        var set = Changes.NewOption();
        return new ApiVerb(
            "create",
            "Makes an account and prints its password, once; it must be changed at the first sign-in",
            async call =>
            {
                var made = (await call.Api.PostAsync("/api/users", new JsonObject { ["userName"] = call.Get(name), ["settings"] = Changes.Read(call.Get(set)) }, call.Stop)).Body;
                call.Say(made, made?["password"].Text() ?? "");
            },
            name,
            set);
    }

    private static ApiVerb ResetPassword() => new(
        "reset-password",
        "Gives a new password and prints it, once, takes a lockout off, and has it changed at the next sign-in",
        async call =>
        {
            var reset = (await call.Api.PostAsync($"{await Lookup.UserAsync(call, call.Get(Name))}/password", null, call.Stop)).Body;
            call.Say(reset, reset?["password"].Text() ?? "");
        },
        Name);

    private static ApiVerb SignOut() => new(
        "sign-out",
        "Signs a person out everywhere; desktops stay",
        async call => call.Say((await call.Api.PostAsync($"{await Lookup.UserAsync(call, call.Get(Name))}/sign-out", null, call.Stop)).Body, $"User {call.Get(Name)} is signed out"),
        Name);
}
