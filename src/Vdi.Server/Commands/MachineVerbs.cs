using System.CommandLine;
using Vdi.Server.Client;

namespace Vdi.Server.Commands;

/// <summary>The verbs of vdi machine that ask a server.</summary>
internal static class MachineVerbs
{
    public static ApiVerb List()
    {
        var pool = new Option<string?>("--pool") { Description = "Only those of this pool" };
        var host = new Option<string?>("--host") { Description = "Only those of this host" };
        var state = new Option<string?>("--state") { Description = "Only those in this state: ready, say" };
        var paging = new Paging();
        return new ApiVerb(
            "list",
            "Lists the machines that there are",
            call => paging.ListAsync(
                call,
                ApiClient.Path("/api/machines", ("pool", call.Get(pool)), ("host", call.Get(host)), ("state", call.Get(state))),
                Column.At("id", "id"),
                Column.At("pool", "pool"),
                Column.At("host", "host"),
                Column.At("state", "state"),
                Column.At("version", "imageVersion"),
                Column.At("user", "user"),
                Column.InstantAt("since", "since"),
                Column.At("reason", "reason")),
            [pool, host, state, .. paging.Options]);
    }

    public static ApiVerb Destroy()
    {
        var id = new Argument<string>("id") { Description = "The machine's id, or how only its id begins" };
        return new ApiVerb(
            "destroy",
            "Destroys a machine that nobody has; its pool makes another one where it needs it",
            async call =>
            {
                var machine = await Lookup.IdAsync(call, "/api/machines", call.Get(id), "machine");
                call.Say((await call.Api.DeleteAsync($"/api/machines/{machine}", call.Stop)).Body, $"Machine {machine} is being destroyed");
            },
            id);
    }
}
