using System.CommandLine;
using System.Text.Json.Nodes;
using Vdi.Server.Client;

namespace Vdi.Server.Commands;

/// <summary>vdi image media: installers and drivers for the drives of editing machines.</summary>
internal static class ImageMediaVerbs
{
    private const string All = "/api/images/media";

    public static Command Create() => new("media", "Installers and drivers for the drives of editing machines; vdi image import adds one") { List(), Delete() };

    /// <summary>The hash of a medium, by its name, or how only its hash begins.</summary>
    public static async Task<string> FindAsync(Call call, string medium)
    {
        var found = ((await call.Api.GetAsync(All, call.Stop)).Body as JsonArray ?? []).OfType<JsonObject>()
            .Where(known => known["name"].Text() == medium || known["hash"].Text()!.StartsWith(medium, StringComparison.OrdinalIgnoreCase)).Select(known => known["hash"].Text()!).Distinct().ToList();
        return found switch
        {
            [var one] => one,
            [] => throw new ApiException($"There is no medium '{JsonText.Printable(medium)}': vdi image media list shows those that there are."),
            _ => throw new ApiException($"There are {found.Count} media '{JsonText.Printable(medium)}': give more of the hash."),
        };
    }

    private static ApiVerb List() => new(
        "list",
        "Lists the media",
        async call =>
        {
            var media = (await call.Api.GetAsync(All, call.Stop)).Body;
            call.Table(media, (media as JsonArray ?? []).OfType<JsonObject>(), Column.At("name", "name"), new("size", medium => ImageVerbs.Bytes(medium["bytes"])), Column.InstantAt("added", "added"), Column.At("in the drive of", "edits"), Column.At("hash", "hash"));
        });

    private static ApiVerb Delete()
    {
        var medium = new Argument<string>("medium") { Description = "Its name, or how its hash begins" };
        return new ApiVerb(
            "delete",
            "Deletes a medium that is in no drive",
            async call =>
            {
                var hash = await FindAsync(call, call.Get(medium));
                await ImageJobWait.ReportAsync(call, $"Medium {JsonText.Printable(call.Get(medium))}", await call.Api.DeleteAsync($"{All}/{hash}", call.Stop), _ => $"Medium {JsonText.Printable(call.Get(medium))} is deleted");
            },
            medium,
            ImageJobWait.NoWait);
    }
}
