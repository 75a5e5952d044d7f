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
