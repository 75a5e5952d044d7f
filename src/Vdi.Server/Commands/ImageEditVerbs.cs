using System.CommandLine;
using System.Text.Json.Nodes;
using Vdi.Server.Client;

namespace Vdi.Server.Commands;

/// <summary>vdi image edit: machines in which administrators work on an image. Their screens are opened in a browser.</summary>
internal static class ImageEditVerbs
{
    private const string All = "/api/images/edits";
    private static readonly Argument<string> Edit = new("edit") { Description = "The image that is edited, or how the edit's id begins" };

    public static Command Create() => new("edit", "Machines in which an image is worked on") { Open(), List(), Start(), Checkpoint(), Back(), Drop(), Publish(), Discard() };

    private static ApiVerb Open()
    {
        var version = new Option<string?>("--version-from") { Description = "The version that it begins from (default: the newest)" };
        var empty = new Option<bool>("--new") { Description = "Begins with an empty disk, to install something" };
        var disk = new Option<int?>("--disk") { Description = "Size of the empty disk, in GiB (default: 40)" };
        var media = new Option<string[]>("--medium") { Description = "A medium for a drive, by its name or hash; up to three", DefaultValueFactory = _ => [] };
        var isolated = new Option<bool>("--isolated") { Description = "Reaches nothing; else it has the internet" };
        var hardware = new ImageHardwareOptions();
        return new ApiVerb(
            "open",
            "Makes a machine to work on an image in; one at a time for each image",
            async call =>
            {
                var request = new JsonObject { ["image"] = call.Get(ImageVerbs.Name), ["isolated"] = call.Get(isolated) };
                if (call.Get(empty))
                {
                    request["new"] = new JsonObject { ["hardware"] = hardware.Read(call), ["diskGiB"] = call.Get(disk) };
                }
                else if (hardware.Read(call) is not null || call.Get(disk) is not null)
                {
                    throw new ApiException("A version has its hardware and its disk: give those only with --new.");
                }

                if (call.Get(version) is { } from)
                {
                    request["version"] = (await ImageVerbs.FindAsync(call, call.Get(ImageVerbs.Name), from)).Version;
                }

                var drives = new JsonArray();
                foreach (var medium in call.Get(media))
                {
                    drives.Add((JsonNode)await ImageMediaVerbs.FindAsync(call, medium));
                }

                request["media"] = drives;
                var edit = (await call.Api.PostAsync(All, request, call.Stop)).Body;
                call.Say(edit, $"Edit {edit?["id"].Show()} of {call.Get(ImageVerbs.Name)} is begun; open its screen in a browser, at {call.Api.Name}");
            },
            [ImageVerbs.Name, version, empty, disk, media, isolated, .. hardware.Options]);
    }

    private static ApiVerb List()
    {
        var closed = new Option<bool>("--closed") { Description = "Those that are over" };
        var paging = new Paging();
        return new ApiVerb(
            "list",
            "Lists the open edits",
            call => paging.ListAsync(
                call,
                ApiClient.Path(All, ("closed", call.Get(closed))),
                Column.At("id", "id"),
                Column.At("image", "image"),
                Column.At("from", "version"),
                Column.At("by", "author"),
                Column.InstantAt("since", "created"),
                Column.At("state", "state"),
                new("checkpoints", edit => string.Join(", ", (edit["checkpoints"] as JsonArray ?? []).Select(point => $"{point?["name"].Show()} ({point?["id"].Show()[..8]})"))),
                new("size", edit => ImageVerbs.Bytes(edit["bytes"])),
                Column.At("published", "published"),
                Column.At("reason", "reason")),
            [closed, .. paging.Options]);
    }

    private static ApiVerb Start() => Step("start", "Switches an editing machine on that is off", (call, path) => call.Api.PostAsync($"{path}/start", null, call.Stop), _ => "The editing machine is on");

    private static ApiVerb Checkpoint()
    {
        var label = new Argument<string>("label") { Description = "What people call the checkpoint" };
        return Step(
            "checkpoint",
            "Keeps memory and disk as they are; the machine goes on",
            (call, path) => call.Api.PostAsync($"{path}/checkpoints", new JsonObject { ["name"] = call.Get(label) }, call.Stop),
            _ => "The checkpoint is kept",
            label);
    }

    private static ApiVerb Back()
    {
        var point = new Argument<string>("checkpoint") { Description = "The checkpoint's label, or how its id begins" };
        return Step(
            "back",
            "Goes on from a checkpoint; what was done since is gone",
            async (call, path) => await call.Api.PostAsync($"{path}/checkpoints/{await PointAsync(call, path, call.Get(point))}/back", null, call.Stop),
            _ => "It goes on from the checkpoint",
            point);
    }

    private static ApiVerb Drop()
    {
        var point = new Argument<string>("checkpoint") { Description = "The checkpoint's label, or how its id begins" };
        return Step(
            "drop",
            "Forgets a checkpoint",
            async (call, path) => await call.Api.DeleteAsync($"{path}/checkpoints/{await PointAsync(call, path, call.Get(point))}", call.Stop),
            _ => "The checkpoint is gone",
            point);
    }

    private static ApiVerb Publish()
    {
        var asIs = new Option<bool>("--as-is") { Description = "Leaves in it what machines should not share: keys, names, histories" };
        return Step(
            "publish",
            "Makes a version of it; the editing machine is gone then",
            (call, path) =>
            {
                var request = ImageVerbs.Noted(call);
                request["generalise"] = !call.Get(asIs);
                return call.Api.PostAsync($"{path}/publish", request, call.Stop);
            },
            job => $"Version {job["result"].Show()} is made, and is tested before pools get it",
            ImageVerbs.Notes,
            asIs);
    }

    private static ApiVerb Discard()
    {
        var yes = new Option<bool>("--yes") { Description = "Does not ask" };
        return new ApiVerb(
            "discard",
            "Discards an editing machine with all that was done in it",
            async call =>
            {
                var path = await FindAsync(call);
                if (!call.Get(yes) && !(Terminal.HasPerson && await Terminal.ConfirmAsync($"Everything that was done in the editing machine of {JsonText.Printable(call.Get(Edit))} is lost. Discard it?", call.Stop)))
                {
                    throw new ApiException("Nothing was discarded. Give --yes to do it without being asked.");
                }

                call.Say((await call.Api.DeleteAsync(path, call.Stop)).Body, $"The editing machine of {JsonText.Printable(call.Get(Edit))} is discarded");
            },
            Edit,
            yes);
    }

    private static ApiVerb Step(string name, string description, Func<Call, string, Task<ApiAnswer>> order, Func<JsonObject, string> done, params IEnumerable<Symbol> symbols) => new(
        name,
        description,
        async call => await ImageJobWait.ReportAsync(call, $"{name} of {JsonText.Printable(call.Get(Edit))}", await order(call, await FindAsync(call)), done),
        [Edit, .. symbols, ImageJobWait.NoWait]);

    /// <summary>The address of the open edit of an image, or of the one whose id begins so.</summary>
    private static async Task<string> FindAsync(Call call)
    {
        var wanted = call.Get(Edit);
        var open = await call.Api.GetAllAsync(All, call.Stop);
        var found = open.FindAll(edit => edit["image"].Text() == wanted);
        found = found.Count > 0 ? found : open.FindAll(edit => edit["id"].Text()!.StartsWith(wanted, StringComparison.OrdinalIgnoreCase));
        return found switch
        {
            [var one] => $"{All}/{one["id"].Text()}",
            [] => throw new ApiException($"There is no open edit '{JsonText.Printable(wanted)}': vdi image edit list shows those that there are."),
            _ => throw new ApiException($"There are {found.Count} open edits whose id begins with '{JsonText.Printable(wanted)}': give more of it."),
        };
    }

    private static async Task<string> PointAsync(Call call, string path, string point)
    {
        var all = ((await call.Api.GetAsync(path, call.Stop)).Body?["checkpoints"] as JsonArray ?? []).OfType<JsonObject>().ToList();
        var found = all.FindAll(known => known["name"].Text() == point);
        found = found.Count > 0 ? found : all.FindAll(known => known["id"].Text()!.StartsWith(point, StringComparison.OrdinalIgnoreCase));
        return found switch
        {
            [var one] => one["id"].Text()!,
            [] => throw new ApiException($"There is no checkpoint '{JsonText.Printable(point)}'."),
            _ => throw new ApiException($"There are {found.Count} checkpoints '{JsonText.Printable(point)}': give the id of one."),
        };
    }
}
