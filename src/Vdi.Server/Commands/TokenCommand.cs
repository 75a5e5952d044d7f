using System.CommandLine;
using System.Net;
using System.Text.Json.Nodes;
using Vdi.Server.Client;

namespace Vdi.Server.Commands;

/// <summary>vdi token: one's own API tokens. A token makes no tokens, so these verbs sign in by a password.</summary>
internal static class TokenCommand
{
    private static readonly Option<string?> User = new("--user") { Description = "Signs in as this person; the password is asked for, or a line of standard input" };

    public static Command Create() => new("token", "One's own API tokens, for programs") { List(), Make(), Delete() };

    private static ApiVerb List() => new(
        "list",
        "Lists one's own tokens",
        call => AsPersonAsync(call, async api =>
        {
            var tokens = (await api.GetAsync("/api/tokens", call.Stop)).Body;
            call.Table(tokens, (tokens as JsonArray ?? []).OfType<JsonObject>(), Column.At("id", "id"), Column.At("name", "name"), Column.At("scopes", "scopes"), Column.InstantAt("expires", "expires"), Column.InstantAt("last used", "lastUsed"));
        }),
        User);

    private static ApiVerb Make()
    {
        var name = new Argument<string>("name") { Description = "What it is for" };
        var scopes = new Option<string[]>("--scope") { Description = "What it may do: read, sessions (one's own) or write (everything that one may)", DefaultValueFactory = _ => ["read"], AllowMultipleArgumentsPerToken = true };
        var days = new Option<int>("--days") { Description = "How long it is good, up to 366", DefaultValueFactory = _ => 90 };
        return new ApiVerb(
            "create",
            "Makes a token and prints its secret, once",
            call => AsPersonAsync(call, async api =>
            {
                var made = (await api.PostAsync("/api/tokens", new JsonObject { ["name"] = call.Get(name), ["scopes"] = new JsonArray([.. call.Get(scopes).Select(scope => JsonValue.Create(scope))]), ["days"] = call.Get(days) }, call.Stop)).Body;
                call.Say(made, made?["secret"].Text() ?? "");
            }),
            name,
            scopes,
            days,
            User);
    }

    private static ApiVerb Delete()
    {
        var id = new Argument<Guid>("id") { Description = "The token's id, as 'list' says" };
        return new ApiVerb(
            "delete",
            "Takes a token back",
            call => AsPersonAsync(call, async api =>
            {
                await api.DeleteAsync($"/api/tokens/{call.Get(id)}", call.Stop);
                call.Say(null, $"The token {call.Get(id)} is good for nothing any more");
            }),
            id,
            User);
    }

    private static async Task AsPersonAsync(Call call, Func<ApiClient, Task> work)
    {
        if (call.Get(User) is { } user)
        {
            using var api = ClientOptions.ConnectAsNobody(call.Given);
            await SignIn.AsAsync(api, user, call.Stop);
            await work(api);
            await api.PostAsync("/api/sign-out", null, call.Stop);
            return;
        }

        try
        {
            await work(call.Api);
        }
        catch (ApiException e) when (e is { Status: HttpStatusCode.Forbidden, Code: null })
        {
            throw new ApiException("Tokens are made and taken back in the browser, by 'vdi login', or here with --user NAME and that person's password: a token makes no tokens.", e.Status, e.Problem, e);
        }
    }
}
