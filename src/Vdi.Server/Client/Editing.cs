using System.CommandLine;
using System.Net;
using System.Text.Json.Nodes;

namespace Vdi.Server.Client;

/// <summary>How a verb edits a thing: it looks at it, and changes what it saw or nothing.</summary>
internal static class Editing
{
    public static Option<long?> NewVersionOption() => new("--if-version") { Description = "Changes it only while it has this version, as 'show' said" };

    /// <summary>Patches the settings at an address; with <paramref name="whole"/> the API takes them only all together.</summary>
    /// <param name="version">The version that somebody looked at earlier; null for what there is now.</param>
    public static async Task<ApiAnswer> EditAsync(ApiClient api, string path, JsonObject patch, long? version, bool whole, CancellationToken stop)
    {
        if (patch.Count == 0)
        {
            throw new ApiException("Nothing to change: say what with --set, policy.maximum=30 say.");
        }

        var seen = await api.GetAsync(path, stop);
        var settings = seen.Body?["settings"] as JsonObject ?? [];
        var match = version is { } given ? $"\"{given}\"" : seen.Tag;
        try
        {
            return whole ? await api.PutAsync(path, Changes.Merge(settings, patch), stop, match) : await api.PatchAsync(path, patch, stop, match);
        }
        catch (ApiException e) when (e.Status == HttpStatusCode.PreconditionFailed)
        {
            throw new ApiException(Stale(e, patch, version is null ? settings : null), e.Status, e.Problem, e);
        }
    }

    /// <summary>What somebody else made of it.</summary>
    /// <param name="seen">What this verb saw before; null where a person looked earlier, and only that person knows.</param>
    internal static string Stale(ApiException refusal, JsonObject patch, JsonObject? seen)
    {
        var current = refusal.Problem?["current"];
        var now = current?["settings"];
        var changed = seen is not null
            ? now.Leaves().Where(leaf => !JsonNode.DeepEquals(leaf.Value, seen.At(leaf.Path))).Select(leaf => $"  {leaf.Path}: {Shown(seen.At(leaf.Path))} -> {Shown(leaf.Value)}")
            : patch.Leaves().Select(leaf => $"  {leaf.Path} is {Shown(now.At(leaf.Path))}");
        return string.Join('\n', [$"Somebody else changed this meanwhile, and nothing was done. It has version {current?["version"]} now:", .. changed, "Look at it, and run this again if you still want it."]);
    }

    private static string Shown(JsonNode? value) => value.Show() is { Length: > 0 } text ? text : "(nothing)";
}

/// <summary>The verbs that every kind of thing has which is edited by name, with a recycle bin.</summary>
/// <param name="Kind">As it is called at the command line: "pool".</param>
/// <param name="Name">The argument that names one.</param>
/// <param name="FindAsync">Its address; the flag says whether to look in the recycle bin.</param>
/// <param name="Whole">Whether the API takes its settings only all together.</param>
internal sealed record EditedKind(string Kind, Argument<string> Name, Func<Call, bool, Task<string>> FindAsync, bool Whole = false)
{
    public ApiVerb Edit(string description)
    {
        var set = Changes.NewOption();
        var version = Editing.NewVersionOption();
        return new ApiVerb(
            "edit",
            description,
            async call =>
            {
                var patch = Changes.Read(call.Get(set));
                var edited = (await Editing.EditAsync(call.Api, await FindAsync(call, false), patch, call.Get(version), Whole, call.Stop)).Body;
                call.Say(edited, $"{Named(call)} is changed; it has version {edited?["version"]} now");
            },
            Name,
            set,
            version);
    }

    /// <param name="forever">For taking it out of the recycle bin, where that can be.</param>
    public ApiVerb Delete(string description, Option<bool>? forever = null) => new(
        "delete",
        description,
        async call =>
        {
            var good = forever is not null && call.Get(forever);
            await call.Api.DeleteAsync(ApiClient.Path(await FindAsync(call, false), ("forever", good)), call.Stop);
            call.Say(null, good ? $"{Named(call)} is deleted for good" : $"{Named(call)} is in the recycle bin; back with: vdi {Kind} restore {call.Get(Name)}");
        },
        forever is null ? [Name] : [Name, forever]);

    public ApiVerb Restore(string description) => new(
        "restore",
        description,
        async call => call.Say((await call.Api.PostAsync($"{await FindAsync(call, true)}/restore", null, call.Stop)).Body, $"{Named(call)} is back from the recycle bin"),
        Name);

    private string Named(Call call) => $"{char.ToUpperInvariant(Kind[0])}{Kind[1..]} {call.Get(Name)}";
}
