using System.CommandLine;
using System.Text.Json.Nodes;
using Vdi.Server.Client;

namespace Vdi.Server.Commands;

/// <summary>vdi host: computers that run machines.</summary>
internal static class HostCommand
{
    private static readonly Argument<string> Id = new("id") { Description = "The host's id, as 'list' says" };

    public static Command Create() => new("host", "Computers that run machines") { List(), Drain(), Resume() };

    private static ApiVerb List() => new(
        "list",
        "Lists the hosts, as they reported themselves last",
        async call =>
        {
            var hosts = (await call.Api.GetAsync("/api/hosts", call.Stop)).Body;
            call.Table(
                hosts,
                (hosts as JsonArray ?? []).OfType<JsonObject>(),
                Column.At("id", "id"),
                Column.At("accelerator", "accelerator"),
                new("machines", host => string.Join(", ", (host["machines"] as JsonObject ?? []).Select(state => $"{state.Value} {state.Key}"))),
                new("images", host => string.Join(", ", (host["images"] as JsonArray ?? []).Select(image => image?["name"].Show()).Distinct())),
                Column.InstantAt("seen", "seen"),
                new("", host => string.Join("; ", ((string?[])[host["draining"] is { } why ? $"drained {why.Show()}".Trim() : null, host["problem"]?.Show()]).OfType<string>())));
        });

    private static ApiVerb Drain()
    {
        var text = new Option<string?>("--text") { Description = "Why" };
        return new ApiVerb(
            "drain",
            "Gives a host no new machines; sessions finish",
            async call => call.Say((await call.Api.PostAsync($"/api/hosts/{Uri.EscapeDataString(call.Get(Id))}/drain", new JsonObject { ["text"] = call.Get(text) }, call.Stop)).Body, $"Host {call.Get(Id)} gets no new machines"),
            Id,
            text);
    }

    private static ApiVerb Resume() => new(
        "resume",
        "Gives a host machines again",
        async call => call.Say((await call.Api.PostAsync($"/api/hosts/{Uri.EscapeDataString(call.Get(Id))}/resume", null, call.Stop)).Body, $"Host {call.Get(Id)} gets machines again"),
        Id);
}
