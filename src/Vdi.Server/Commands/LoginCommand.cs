using System.CommandLine;
using System.Text.Json.Nodes;
using Vdi.Server.Client;

namespace Vdi.Server.Commands;

/// <summary>vdi login and vdi logout: a token of one's own for the verbs that ask a server.</summary>
internal static class LoginCommand
{
    private const int Days = 90;

    public static Command CreateLogin()
    {
        var user = new Option<string?>("--user") { Description = "Who signs in (default: asked for)" };
        var login = new Command("login", $"Signs in and keeps an API token, good for {Days} days, for the verbs that ask a server") { user, ClientOptions.Server, ClientOptions.Authority };
        login.SetAction((given, stop) => CommandFailure.GuardAsync("Signing in", async () =>
        {
            var file = TokenFile.OfUser();

            // What cannot be kept is not made.
            _ = file.Find(ClientOptions.ServerOf(given));
            using var api = ClientOptions.ConnectAsNobody(given);
            var name = await SignIn.AsAsync(api, given.GetValue(user), stop);
            var made = await api.PostAsync("/api/tokens", new JsonObject { ["name"] = $"vdi login on {Environment.MachineName}", ["scopes"] = new JsonArray("write"), ["days"] = Days }, stop);
            file.Keep(api.Server, made.Body?["secret"].Text() ?? throw new ApiException($"{api.Name} made no token."));
            Console.WriteLine($"You are signed in at {api.Name} as {name} until {made.Body?["token"]?["expires"].ShowInstant()}. The token is in {file.Path}.");
        }));
        return login;
    }

    public static Command CreateLogout()
    {
        var logout = new Command("logout", "Takes back the token that 'vdi login' keeps, here and on the server") { ClientOptions.Server, ClientOptions.Authority };
        logout.SetAction((given, stop) => CommandFailure.GuardAsync("Signing out", async () =>
        {
            var (file, server) = (TokenFile.OfUser(), ClientOptions.ServerOf(given));
            if (file.Find(server) is null)
            {
                Console.WriteLine($"You were not signed in at {TokenFile.NameOf(server)}.");
                return;
            }

            var why = await TakeBackAsync(given, stop);
            file.Forget(server);
            Console.WriteLine(why is null
                ? $"You are signed out at {TokenFile.NameOf(server)}: the token is good for nothing any more."
                : $"The token is gone from {file.Path}, but the server could not be told and takes it until it expires: {why} Delete it in the browser.");
        }));
        return logout;
    }

    private static async Task<string?> TakeBackAsync(ParseResult given, CancellationToken stop)
    {
        try
        {
            using var api = ClientOptions.ConnectAsKept(given);
            await api.DeleteAsync("/api/tokens/current", stop);
            return null;
        }
        catch (ApiException e)
        {
            // Not good any more is as good as taken back.
            return e.Status == System.Net.HttpStatusCode.Unauthorized ? null : e.Message;
        }
    }
}
