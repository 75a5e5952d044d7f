using System.Text.Json.Nodes;

namespace Vdi.Server.Client;

/// <summary>Asks for a name and a password: at the terminal without showing it, else by lines of standard input.</summary>
internal static class SignIn
{
    /// <summary>Signs in; sets a password of the person's own where the server demands one first.</summary>
    /// <param name="user">Null to be asked.</param>
    /// <returns>Who signed in.</returns>
    public static async Task<string> AsAsync(ApiClient api, string? user, CancellationToken stop)
    {
        var name = user ?? (Console.IsInputRedirected ? throw new ApiException("Say who signs in: --user NAME; the password is read from standard input.") : await Terminal.AskAsync("User: ", stop));
        var password = await Terminal.SecretAsync("Password: ", stop) ?? throw new ApiException("There is no password on standard input: give it as a line.");
        var me = (await api.PostAsync("/api/sign-in", new JsonObject { ["userName"] = name, ["password"] = password }, stop)).Body;
        if (me?["mustChangePassword"]?.GetValue<bool>() == true)
        {
            await ReplacePasswordAsync(api, password, stop);
        }

        return me?["userName"].Text() ?? name;
    }

    private static async Task ReplacePasswordAsync(ApiClient api, string old, CancellationToken stop)
    {
        if (!Console.IsInputRedirected)
        {
            await Console.Error.WriteLineAsync("That password was given to you: set one of your own.");
        }

        var next = await Terminal.SecretAsync("New password: ", stop) ?? throw new ApiException("The password was given to you, and you must set one of your own first: give it as a second line of standard input, or sign in in a browser.");
        if (!Console.IsInputRedirected && await Terminal.SecretAsync("The same again: ", stop) != next)
        {
            throw new ApiException("The two are not the same. Nothing was changed.");
        }

        await api.PostAsync("/api/password", new JsonObject { ["current"] = old, ["next"] = next }, stop);
    }
}
