using System.CommandLine;
using System.Text.Json.Nodes;
using Vdi.Server.Client;

namespace Vdi.Server.Commands;

/// <summary>vdi home: people's own files.</summary>
internal static class HomeCommand
{
    private static readonly Argument<string> Person = new("person") { Description = "The person's name" };

    public static Command Create() => new("home", "People's own files, in pools that bring them") { List(), Show(), Restore(), Resize(), Delete() };

    private static ApiVerb List()
    {
        var paging = new Paging();
        return new ApiVerb(
            "list",
            "Lists whose files there are, those used last first",
            call => paging.ListAsync(
                call,
                "/api/homes",
                Column.At("person", "userName"),
                Column.At("GiB", "giB"),
                Column.InstantAt("used", "used"),
                new("", home => home["usedBy"] is JsonObject use ? use["poolName"] is { } pool ? $"in use in {pool.Show()}" : "is being put away" : "")),
            [.. paging.Options]);
    }

    private static ApiVerb Show() => new(
        "show",
        "Shows a person's files, and what can be gone back to",
        async call =>
        {
            var home = (await call.Api.GetAsync(await AddressAsync(call), call.Stop)).Body as JsonObject ?? [];
            var snapshots = (home["snapshots"] as JsonArray ?? []).OfType<JsonObject>().ToList();
            if (!call.Json)
            {
                home.Remove("snapshots");
            }

            call.Details(home);
            if (!call.Json)
            {
                call.Table(null, snapshots, Column.At("snapshot", "id"), Column.InstantAt("made", "at"), new("", snapshot => snapshot["cause"].Show() == "beforeRestore" ? "before going back" : "at log-off"));
            }
        },
        Person);

    private static ApiVerb Restore()
    {
        var snapshot = new Argument<Guid>("snapshot") { Description = "As 'show' lists it" };
        return new ApiVerb(
            "restore",
            "Makes a person's files what they were once; what they are now is kept, too",
            async call => call.Say((await call.Api.PostAsync($"{await AddressAsync(call)}/restore", new JsonObject { ["snapshot"] = call.Get(snapshot) }, call.Stop)).Body, $"{call.Get(Person)} has the files of {call.Get(snapshot)} at the next session"),
            Person,
            snapshot);
    }

    private static ApiVerb Resize()
    {
        var size = new Argument<int>("gib") { Description = "GiB, more than before" };
        return new ApiVerb(
            "resize",
            "Lets a person keep more, from the next session on",
            async call => call.Say((await call.Api.PutAsync($"{await AddressAsync(call)}/size", new JsonObject { ["giB"] = call.Get(size) }, call.Stop)).Body, $"{call.Get(Person)} may keep {call.Get(size)} GiB from the next session on"),
            Person,
            size);
    }

    private static ApiVerb Delete() => new(
        "delete",
        "Deletes a person's files, older ones included, for ever",
        async call => call.Say((await call.Api.DeleteAsync(await AddressAsync(call), call.Stop)).Body, $"The files of {call.Get(Person)} are deleted"),
        Person);

    private static async Task<string> AddressAsync(Call call) => (await Lookup.UserAsync(call, call.Get(Person))).Replace("/api/users/", "/api/homes/", StringComparison.Ordinal);
}
