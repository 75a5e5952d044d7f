using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Vdi.Server.Client;

namespace Vdi.Server.Commands;

/// <summary>vdi image policy: how an image's versions are checked, updated and kept.</summary>
internal static class ImagePolicyVerb
{
    private const string None = "none";

    public static ApiVerb Create()
    {
        var keep = new Option<string?>("--keep") { Description = "Versions that are kept beside those that something uses, or 'all'" };
        var check = new Option<FileInfo?>("--check") { Description = "File with the script that new versions are tested with; an empty one for none" };
        var update = new Option<string?>("--update") { Description = $"When the image is updated: 'saturday,sunday 22:00-04:00', or '{None}'" };
        var zone = new Option<string?>("--time-zone") { Description = "Zone of these hours: Asia/Seoul (default: UTC)" };
        return new ApiVerb(
            "policy",
            "Shows how an image's versions are checked, updated and kept, or changes what is given",
            async call =>
            {
                var path = $"{ImageVerbs.Path(call.Get(ImageVerbs.Name))}/policy";
                var seen = await call.Api.GetAsync(path, call.Stop);
                var policy = (seen.Body as JsonObject ?? []).DeepClone().AsObject();
                if (call.Get(keep) is { } kept)
                {
                    policy["keep"] = kept == "all" ? null : int.TryParse(kept, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : throw new ApiException($"--keep wants a number, or 'all', not '{JsonText.Printable(kept)}'.");
                }

                if (call.Get(check) is { } file)
                {
                    policy["checkScript"] = file.Exists ? await File.ReadAllTextAsync(file.FullName, call.Stop) : throw new ApiException($"There is no file {JsonText.Printable(file.FullName)}.");
                }

                if (call.Get(update) is { } hours)
                {
                    policy["update"] = hours == None ? null : Hours(hours, call.Get(zone));
                }
                else if (call.Get(zone) is { } other)
                {
                    (policy["update"] as JsonObject ?? throw new ApiException("--time-zone says what --update means: give both."))["timeZone"] = other;
                }

                call.Details(JsonNode.DeepEquals(policy, seen.Body) ? seen.Body : (await call.Api.PutAsync(path, policy, call.Stop, seen.Tag)).Body);
            },
            ImageVerbs.Name,
            keep,
            check,
            update,
            zone);
    }

    private static JsonObject Hours(string text, string? zone)
    {
        var parts = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var times = parts.Length == 2 ? parts[1].Split('-') : [];
        if (times.Length != 2 || !times.All(time => TimeOnly.TryParseExact(time, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out _)) || !parts[0].Split(',').All(IsDay))
        {
            throw new ApiException($"--update wants days and hours, 'saturday,sunday 22:00-04:00' say, not '{JsonText.Printable(text)}'.");
        }

        var hours = new JsonObject { ["days"] = new JsonArray([.. parts[0].Split(',').Select(day => JsonValue.Create(day.ToLowerInvariant()))]), ["from"] = times[0], ["to"] = times[1] };
        return new JsonObject { ["hours"] = hours, ["timeZone"] = zone ?? "UTC" };
    }

    private static bool IsDay(string day) => Enum.GetNames<DayOfWeek>().Contains(day, StringComparer.OrdinalIgnoreCase);
}
