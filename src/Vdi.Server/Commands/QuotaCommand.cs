using System.CommandLine;
using System.Text.Json.Nodes;
using Vdi.Server.Client;

namespace Vdi.Server.Commands;

/// <summary>vdi quota: what people may have at a time.</summary>
internal static class QuotaCommand
{
    public static Command Create() => new("quota", "What people may have at a time") { List(), Set() };

    private static ApiVerb List() => new(
        "list",
        "Lists the quotas",
        async call =>
        {
            var quotas = (await call.Api.GetAsync("/api/quotas", call.Stop)).Body;
            call.Table(quotas, (quotas as JsonArray ?? []).OfType<JsonObject>(), Column.At("kind", "kind"), Column.At("name", "name"), Column.At("sessions", "sessions"), Column.At("memory in MiB", "memoryMiB"));
        });

    private static ApiVerb Set()
    {
        var kind = new Argument<string>("kind") { Description = "role, group or user" }.AcceptOnlyFromAmong("role", "group", "user");
        var name = new Argument<string>("name") { Description = "Whose" };
        var sessions = new Option<int?>("--sessions") { Description = "Sessions at a time" };
        var memory = new Option<int?>("--memory") { Description = "Memory of all sessions together, in MiB" };
        return new ApiVerb(
            "set",
            "Sets the quota of each in a role or group, or of one person; without numbers takes it away",
            async call =>
            {
                var quota = new JsonObject { ["kind"] = call.Get(kind), ["name"] = call.Get(name), ["sessions"] = call.Get(sessions), ["memoryMiB"] = call.Get(memory) };
                var done = (await call.Api.PutAsync("/api/quotas", quota, call.Stop)).Body;
                call.Say(done, call.Get(sessions) is null && call.Get(memory) is null ? $"There is no quota of {call.Get(kind)} {call.Get(name)} any more" : $"The quota of {call.Get(kind)} {call.Get(name)} is set");
            },
            kind,
            name,
            sessions,
            memory);
    }
}
