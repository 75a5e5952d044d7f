using System.CommandLine;
using Vdi.Server.Client;

namespace Vdi.Server.Commands;

/// <summary>vdi report: problems that people reported.</summary>
internal static class ReportCommand
{
    public static Command Create() => new("report", "Problems that people reported") { List(), Close() };

    private static ApiVerb List()
    {
        var closed = new Option<bool>("--closed") { Description = "Also those that are closed" };
        var paging = new Paging();
        return new ApiVerb(
            "list",
            "Lists reports, newest first; with --json each has the trace of its session",
            call => paging.ListAsync(
                call,
                ApiClient.Path("/api/reports", ("closed", call.Get(closed))),
                Column.At("id", "id"),
                Column.InstantAt("at", "at"),
                Column.At("user", "user"),
                Column.At("session", "session"),
                Column.At("text", "text"),
                Column.InstantAt("closed", "closed")),
            [closed, .. paging.Options]);
    }

    private static ApiVerb Close()
    {
        var id = new Argument<string>("id") { Description = "The report's id, or how only its id begins" };
        return new ApiVerb(
            "close",
            "Closes a report",
            async call =>
            {
                var report = await Lookup.IdAsync(call, "/api/reports", call.Get(id), "report");
                call.Say((await call.Api.PostAsync($"/api/reports/{report}/close", null, call.Stop)).Body, $"Report {report} is closed");
            },
            id);
    }
}
