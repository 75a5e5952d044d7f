using System.CommandLine;
using System.Text.Json.Nodes;
using Vdi.Server.Client;

namespace Vdi.Server.Commands;

/// <summary>vdi pool: pools of machines, by a server's API; their networks also without one.</summary>
internal static class PoolCommand
{
    private static readonly Argument<string> Id = new("id") { Description = "The pool's short name" };

    private static readonly EditedKind Edited = new("pool", Id, (call, _) => Task.FromResult(Lookup.Pool(call.Get(Id))));

    public static Command Create() => new("pool", "Pools of machines")
    {
        List(), Show(), New(),
        Edited.Edit("Changes some of a pool's settings, all that is given or nothing"),
        Edited.Delete("Moves a pool to the recycle bin", new Option<bool>("--forever") { Description = "Out of the recycle bin, for good" }),
        Edited.Restore("Brings a pool back from the recycle bin"),
        Close(),
        Step("open", "Lets people in again", "is open"),
        RollOut(),
        Step("roll-back", "Goes back to the version of the image before", "goes back to the version before"),
        PoolNetworkVerb.Create(),
        PoolScreenVerbs.Create(),
    };

    private static ApiVerb List()
    {
        var search = new Option<string?>("--search") { Description = "Only those whose id, name or image contains this" };
        var deleted = new Option<bool>("--deleted") { Description = "Those in the recycle bin" };
        var paging = new Paging();
        return new ApiVerb(
            "list",
            "Lists the pools",
            call => paging.ListAsync(
                call,
                ApiClient.Path("/api/pools", ("search", call.Get(search)), ("deleted", call.Get(deleted))),
                Column.At("id", "id"),
                Column.At("name", "settings.name"),
                Column.At("image", "settings.image"),
                Column.At("version", "rollOut.current"),
                new("machines", item => string.Join(", ", (item["machines"] as JsonObject ?? []).Select(state => $"{state.Value} {state.Key}"))),
                Column.At("maximum", "settings.policy.maximum"),
                Column.At("sessions", "sessions"),
                Column.At("queued", "queued"),
                new("", item => item["closed"] is { } why ? $"closed: {why.Show()}" : item["rollOut"]?["stopped"] is { } stopped ? $"roll-out stopped: {stopped.Show()}" : "")),
            [search, deleted, .. paging.Options]);
    }

    private static ApiVerb Show() => new("show", "Shows everything of a pool", async call => call.Details((await call.Api.GetAsync(Lookup.Pool(call.Get(Id)), call.Stop)).Body), Id);

    private static ApiVerb New()
    {
        var name = new Option<string?>("--name") { Description = "What people read (default: the id)" };
        var image = new Option<string?>("--image") { Description = "Image that its machines are forked from" };
        var set = Changes.NewOption();
        return new ApiVerb(
            "create",
            "Makes a pool",
            async call =>
            {
                var settings = Changes.Read(call.Get(set));
                settings["name"] ??= call.Get(name) ?? call.Get(Id);
                if (call.Get(image) is { } chosen)
                {
                    settings["image"] ??= chosen;
                }

                var made = (await call.Api.PostAsync("/api/pools", new JsonObject { ["id"] = call.Get(Id), ["settings"] = settings }, call.Stop)).Body;
                call.Say(made, $"Pool {call.Get(Id)} is made{((made.At("settings.access") as JsonArray)?.Count == 0 ? "; nobody may open it yet: vdi pool edit --set access=role:user" : "")}");
            },
            Id,
            name,
            image,
            set);
    }

    private static ApiVerb Close()
    {
        var text = new Option<string?>("--text") { Description = "Why, for whoever wants to come" };
        return new ApiVerb(
            "close",
            "Lets nobody new in; sessions go on",
            async call => call.Say((await call.Api.PostAsync($"{Lookup.Pool(call.Get(Id))}/close", new JsonObject { ["text"] = call.Get(text) }, call.Stop)).Body, $"Pool {call.Get(Id)} is closed"),
            Id,
            text);
    }

    private static ApiVerb RollOut()
    {
        var version = new Option<string?>("--version") { Description = "Version of the image (default: the newest, always)" };
        return new ApiVerb(
            "roll-out",
            "Rolls a version of the image out, or goes on with one that stopped",
            async call => call.Say((await call.Api.PostAsync($"{Lookup.Pool(call.Get(Id))}/roll-out", new JsonObject { ["version"] = call.Get(version) }, call.Stop)).Body, $"Pool {call.Get(Id)} gets {(call.Get(version) is { } one ? $"version {one}" : "the newest version")}"),
            Id,
            version);
    }

    private static ApiVerb Step(string name, string description, string done) =>
        new(name, description, async call => call.Say((await call.Api.PostAsync($"{Lookup.Pool(call.Get(Id))}/{name}", null, call.Stop)).Body, $"Pool {call.Get(Id)} {done}"), Id);
}
