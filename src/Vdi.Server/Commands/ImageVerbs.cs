using System.CommandLine;
using System.Text.Json.Nodes;
using Spectre.Console;
using Vdi.Server.Client;

namespace Vdi.Server.Commands;

/// <summary>The verbs of vdi image that ask a server.</summary>
internal static class ImageVerbs
{
    internal static Argument<string> Name { get; } = new("name") { Description = "The image's name" };

    internal static Argument<string> Version { get; } = new("version") { Description = "Version of the image, or how only it begins" };

    internal static Option<string?> Notes { get; } = new("--notes") { Description = "What is new, for people" };

    private static readonly Argument<string?> Newest = new("version") { Description = "Version of the image, or how only it begins (default: the newest)", Arity = ArgumentArity.ZeroOrOne };

    public static IEnumerable<Command> All() =>
    [
        Versions(), Show(), ImageImportVerb.Create(), ImageExportVerb.Create(), Rebuild(), Test(), Update(), Delete(), Jobs(), Cancel(), Uploads(), Recipes(), ImageMediaVerbs.Create(), ImagePolicyVerb.Create(), ImageEditVerbs.Create(),
    ];

    /// <summary>The address of an image.</summary>
    public static string Path(string name) => $"/api/images/{Uri.EscapeDataString(name)}";

    /// <summary>The address of a version, by all of it or how only it begins; of the newest where none is given.</summary>
    public static async Task<(string Path, string Version)> FindAsync(Call call, string name, string? version)
    {
        var versions = ((await call.Api.GetAsync(Path(name), call.Stop)).Body?["versions"] as JsonArray ?? []).Select(known => known?["version"].Text()).OfType<string>().ToList();
        var found = version is null ? versions.Take(1).ToList() : versions.Contains(version) ? [version] : versions.FindAll(known => known.StartsWith(version, StringComparison.OrdinalIgnoreCase));
        return found switch
        {
            [var one] => ($"{Path(name)}/versions/{Uri.EscapeDataString(one)}", one),
            [] => throw new ApiException(version is null ? $"No host has a version of the image '{JsonText.Printable(name)}' yet." : $"No host has version '{JsonText.Printable(version)}' of the image '{JsonText.Printable(name)}'."),
            _ => throw new ApiException($"There are {found.Count} versions of '{JsonText.Printable(name)}' that begin with '{JsonText.Printable(version!)}': give more of it."),
        };
    }

    private static ApiVerb Versions() => new(
        "versions",
        "Lists the image versions of a server's hosts, and which pools use them",
        async call =>
        {
            var images = (await call.Api.GetAsync("/api/images", call.Stop)).Body;
            call.Table(
                images,
                (images as JsonArray ?? []).OfType<JsonObject>(),
                Column.At("image", "name"),
                Column.At("version", "version"),
                Column.InstantAt("built", "built"),
                Column.At("from", "origin"),
                new("for pools", State),
                new("size", version => Bytes(version["bytes"])),
                Column.At("hosts", "hosts"),
                Column.At("pools", "pools"),
                Column.At("notes", "notes"));
        });

    private static ApiVerb Show() => new(
        "show",
        "Shows the versions of an image as a tree, its policy, and what is done with it",
        async call =>
        {
            var image = (await call.Api.GetAsync(Path(call.Get(Name)), call.Stop)).Body;
            if (call.Json)
            {
                call.Say(image, "");
                return;
            }

            Call.Out().Write(Tree(call.Get(Name), (image?["versions"] as JsonArray ?? []).OfType<JsonObject>().ToList()));
            foreach (var line in Lines(image))
            {
                Console.WriteLine(JsonText.Printable(line));
            }
        },
        Name);

    private static Tree Tree(string name, IReadOnlyList<JsonObject> versions)
    {
        var tree = new Tree(new Text(JsonText.Printable(name)));
        var nodes = new Dictionary<string, TreeNode>();

        // Oldest first: parents before what was made from them.
        foreach (var version in versions.Reverse())
        {
            var parent = version["parent"].Text();
            var node = new TreeNode(new Text(JsonText.Printable(Line(version))));
            nodes[version["version"].Text()!] = node;
            if (parent is not null && nodes.TryGetValue(parent, out var of))
            {
                of.AddNode(node);
            }
            else
            {
                tree.AddNode(node);
            }
        }

        return tree;
    }

    private static string Line(JsonObject version)
    {
        var uses = (version["usedBy"] as JsonArray ?? []).OfType<JsonObject>().Select(use => $"{use["pool"].Show()} ({use["as"].Show()})").ToList();
        return string.Join(
            "  ",
            new[]
            {
                version["version"].Show(),
                version["built"].ShowInstant(),
                version["origin"].Show(),
                State(version),
                version["parentDeleted"]?.GetValue<bool>() == true ? $"made from {version["parent"].Show()}, which is deleted" : "",
                uses.Count > 0 ? $"used by {string.Join(", ", uses)}" : "",
                version["machines"]?.GetValue<int>() is > 0 and var machines ? $"{machines} machines" : "",
                version["changes"] is JsonArray { Count: > 0 } changes ? $"{changes.Count} packages differ" : "",
                version["notes"].Show(),
            }.Where(text => text.Length > 0));
    }

    private static IEnumerable<string> Lines(JsonNode? image)
    {
        if (image?["recipe"] is { } recipe)
        {
            yield return $"recipe  {recipe["hash"].Show()}{(recipe["outdated"]?.GetValue<bool>() == true ? ", changed since the newest version" : "")}";
        }

        foreach (var (field, value) in image?["policy"] as JsonObject ?? [])
        {
            if (value is not null)
            {
                yield return $"policy  {field}: {value.Show()}";
            }
        }

        if (image?["edit"] is { } edit)
        {
            yield return $"edit    {edit["id"].Show()} by {edit["author"].Show()} since {edit["created"].ShowInstant()}: {edit["state"].Show()}, {edit["reason"].Show()}";
        }

        foreach (var job in image?["jobs"] as JsonArray ?? [])
        {
            yield return $"job     {job?["id"].Show()} {job?["kind"].Show()} {job?["version"].Show()}: {job?["step"].Show()}";
        }
    }

    private static string State(JsonObject version) => version["offered"]?.GetValue<bool>() == true ? "offered" : version["test"] is null ? "not tested" : "failed its test";

    /// <summary>A size as people read it.</summary>
    internal static string Bytes(JsonNode? node) => node?.GetValue<long>() switch
    {
        null => "",
        >= 1L << 30 and var bytes => FormattableString.Invariant($"{bytes / (double)(1L << 30):0.0} GiB"),
        var bytes => FormattableString.Invariant($"{bytes / (double)(1L << 20):0.0} MiB"),
    };

    private static ApiVerb Rebuild() => new(
        "rebuild",
        "Builds a new version from the recipe, at the server's host",
        async call => await ImageJobWait.ReportAsync(call, $"Image {call.Get(Name)}", await call.Api.PostAsync($"{Path(call.Get(Name))}/build", Noted(call), call.Stop), job => $"Image {call.Get(Name)} is built, version {job["result"].Show()}"),
        Name,
        Notes,
        ImageJobWait.NoWait);

    private static ApiVerb Test() => new(
        "test",
        "Tests a version; only those that passed reach pools",
        async call =>
        {
            var (path, version) = await FindAsync(call, call.Get(Name), call.Get(Newest));
            await ImageJobWait.ReportAsync(call, $"Test of {call.Get(Name)} {version}", await call.Api.PostAsync($"{path}/test", null, call.Stop), _ => $"Version {version} of {call.Get(Name)} was tested");
            if (!call.Json && !call.Get(ImageJobWait.NoWait))
            {
                await ShowTestAsync(call, version);
            }
        },
        Name,
        Newest,
        ImageJobWait.NoWait);

    private static async Task ShowTestAsync(Call call, string version)
    {
        var image = (await call.Api.GetAsync(Path(call.Get(Name)), call.Stop)).Body;
        var shown = (image?["versions"] as JsonArray ?? []).OfType<JsonObject>().FirstOrDefault(known => known["version"].Text() == version);
        var steps = (shown.At("test.steps") as JsonArray ?? []).OfType<JsonObject>().ToList();
        call.Table(null, steps, Column.At("step", "name"), new("", step => step["passed"] is { } passed ? passed.GetValue<bool>() ? "passed" : "failed" : "not come to"), Column.At("s", "seconds"), Column.At("what was seen", "words"));
        if (shown?["offered"]?.GetValue<bool>() == false)
        {
            throw new ApiException($"Version {version} did not pass: no pool gets it.");
        }
    }

    private static ApiVerb Update() => new(
        "update",
        "Makes a version with its system's updates",
        async call =>
        {
            var (path, version) = await FindAsync(call, call.Get(Name), call.Get(Newest));
            await ImageJobWait.ReportAsync(
                call,
                $"Update of {call.Get(Name)} {version}",
                await call.Api.PostAsync($"{path}/update", Noted(call), call.Stop),
                job => job["result"] is null ? $"Version {version} of {call.Get(Name)} is up to date" : $"Image {call.Get(Name)} is updated, version {job["result"].Show()}");
        },
        Name,
        Newest,
        Notes,
        ImageJobWait.NoWait);

    private static ApiVerb Delete() => new(
        "delete",
        "Deletes a version that no pool, machine or edit uses",
        async call =>
        {
            var (path, version) = await FindAsync(call, call.Get(Name), call.Get(Version));
            await ImageJobWait.ReportAsync(call, $"Version {version} of {call.Get(Name)}", await call.Api.DeleteAsync(path, call.Stop), _ => $"Version {version} of {call.Get(Name)} is deleted");
        },
        Name,
        Version,
        ImageJobWait.NoWait);

    private static ApiVerb Jobs()
    {
        var image = new Option<string?>("--image") { Description = "Only those about this image" };
        var unfinished = new Option<bool>("--unfinished") { Description = "Only those that are under way" };
        var paging = new Paging();
        return new ApiVerb(
            "jobs",
            "Lists the work on images, newest first",
            call => paging.ListAsync(
                call,
                ApiClient.Path("/api/images/jobs", ("image", call.Get(image)), ("unfinished", call.Get(unfinished))),
                Column.At("id", "id"),
                Column.At("what", "kind"),
                Column.At("image", "image"),
                Column.At("version", "version"),
                Column.At("state", "state"),
                Column.At("step", "step"),
                Column.At("result", "result"),
                Column.At("who", "who"),
                Column.InstantAt("created", "created")),
            [image, unfinished, .. paging.Options]);
    }

    private static ApiVerb Cancel()
    {
        var id = new Argument<string>("job") { Description = "The job's id, or how only its id begins" };
        return new ApiVerb(
            "cancel",
            "Gives work on an image up; what was made of it is taken back",
            async call =>
            {
                var job = await Lookup.IdAsync(call, "/api/images/jobs", call.Get(id), "job");
                call.Say((await call.Api.PostAsync($"/api/images/jobs/{job}/cancel", null, call.Stop)).Body, $"Job {job} is being cancelled");
            },
            id);
    }

    private static ApiVerb Uploads()
    {
        var giveUp = new Option<string?>("--give-up") { Description = "Gives this upload up, by its id" };
        return new ApiVerb(
            "uploads",
            "Lists files that are on their way to a host, or gives one up",
            async call =>
            {
                if (call.Get(giveUp) is { } id)
                {
                    call.Say((await call.Api.DeleteAsync($"/api/images/uploads/{Uri.EscapeDataString(id)}", call.Stop)).Body, $"Upload {JsonText.Printable(id)} is given up");
                    return;
                }

                var uploads = (await call.Api.GetAsync("/api/images/uploads", call.Stop)).Body;
                call.Table(uploads, (uploads as JsonArray ?? []).OfType<JsonObject>(), Column.At("id", "id"), Column.At("file", "fileName"), Column.At("received", "received"), Column.At("bytes", "bytes"), Column.At("who", "who"), Column.InstantAt("created", "created"));
            },
            giveUp);
    }

    private static ApiVerb Recipes() => new(
        "recipes",
        "Lists the recipes that the server's host can build images from",
        async call =>
        {
            var recipes = (await call.Api.GetAsync("/api/images/recipes", call.Stop)).Body;
            call.Table(recipes, (recipes as JsonArray ?? []).OfType<JsonObject>(), Column.At("name", "name"), Column.At("newest version", "newest"), new("", recipe => recipe["outdated"]?.GetValue<bool>() == true ? "changed since" : ""));
        });

    internal static JsonObject Noted(Call call) => call.Get(Notes) is { } notes ? new JsonObject { ["notes"] = notes } : [];
}
