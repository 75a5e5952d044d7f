using System.CommandLine;
using System.Net;
using System.Text.Json.Nodes;
using Vdi.Server.Client;
using Vdi.Server.Client.Site;

namespace Vdi.Server.Commands;

/// <summary>vdi apply: makes a site what a file says, all of it or nothing.</summary>
internal static class ApplyCommand
{
    private static readonly Option<string> From = new("--file", "-f") { Description = "The site file, in YAML; - for standard input", Required = true };
    private static readonly Option<bool> PlanOnly = new("--plan") { Description = "Says what would change, and changes nothing" };
    private static readonly Option<bool> Yes = new("--yes") { Description = "Asks nothing" };
    private static readonly Option<bool> Prune = new("--prune") { Description = "Moves groups and pools that the file does not name to the recycle bin and takes such quotas away, of the sections that it has; never people" };

    public static Command Create() => new ApiVerb("apply", "Makes groups, users, pools and quotas what a site file says, all of it or nothing", RunAsync, From, PlanOnly, Yes, Prune);

    private static async Task RunAsync(Call call)
    {
        if (!call.Get(PlanOnly) && !call.Get(Yes) && (call.Get(From) == "-" || !Terminal.HasPerson))
        {
            throw new ApiException("There is nobody to ask: say --yes to change things, or --plan to see what would change.");
        }

        var file = Read(call.Get(From));
        var plan = await SendAsync(call, file, null);
        if (call.Get(PlanOnly) || !PlanView.ChangesAnything(plan))
        {
            Tell(call, plan);
            return;
        }

        if (!call.Json)
        {
            PlanView.Write(plan, Call.Out());
        }

        if (!call.Get(Yes) && !await Terminal.ConfirmAsync("Do that?", call.Stop))
        {
            throw new ApiException("Nothing was changed.");
        }

        var done = await SendAsync(call, file, plan?["hash"].Text());
        call.Say(done, $"Done: {PlanView.Done(done)}");
        var passwords = (done?["passwords"] as JsonObject ?? []).Select(each => new JsonObject { ["user"] = each.Key, ["password"] = each.Value.Text() }).ToList();
        if (passwords.Count > 0 && !call.Json)
        {
            call.Table(null, passwords, Column.At("user", "user"), Column.At("password, said once", "password"));
        }
    }

    private static void Tell(Call call, JsonNode? plan)
    {
        if (call.Json)
        {
            call.Say(plan, "");
        }
        else
        {
            PlanView.Write(plan, Call.Out());
        }
    }

    private static SiteFile Read(string path)
    {
        if (path == "-")
        {
            return SiteFile.Read("standard input", Console.In);
        }

        try
        {
            using var text = new StreamReader(path);
            return SiteFile.Read(path, text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ApiException($"{path} cannot be read: {JsonText.Printable(e.Message)}", inner: e);
        }
    }

    /// <param name="agreed">Hash of the plan to be applied; null for the plan.</param>
    private static async Task<JsonNode?> SendAsync(Call call, SiteFile file, string? agreed)
    {
        try
        {
            return (await call.Api.PostAsync(ApiClient.Path("/api/site", ("plan", agreed is null), ("prune", call.Get(Prune))), file.Document, call.Stop, agreed is null ? null : $"\"{agreed}\"")).Body;
        }
        catch (ApiException e) when (e is { Status: HttpStatusCode.BadRequest, Code: "bad-edit" })
        {
            var lines = e.Errors.Select(error => (Field: error["field"].Text() ?? "", Detail: error["detail"].Text() ?? "")).OrderBy(error => file.LineOf(error.Field)).Select(error => file.Describe(error.Field, error.Detail));
            throw new ApiException(string.Join('\n', [.. lines, "Nothing was changed."]), e.Status, e.Problem, e);
        }
        catch (ApiException e) when (e.Status == HttpStatusCode.PreconditionFailed)
        {
            if (!call.Json)
            {
                PlanView.Write(e.Problem?["current"], Call.Out());
            }

            throw new ApiException("Somebody else changed something since the plan was made, and nothing was done. Above is what would be done now: run this again if you want it.", e.Status, e.Problem, e);
        }
    }
}
