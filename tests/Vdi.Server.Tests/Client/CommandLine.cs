using System.Diagnostics;
using System.Text.Json.Nodes;
using Vdi.Server.Client;
using Vdi.TestSupport;

namespace Vdi.Server.Tests.Client;

/// <summary>What a verb printed.</summary>
internal sealed record Printed(int Code, string Output, string Errors)
{
    public JsonNode Json => JsonNode.Parse(Output)!;
}

/// <summary>A server of its own with machines that do not exist, and its first administrator at a command line beside it, signed in.</summary>
public sealed class CommandLine : IAsyncLifetime
{
    public const string Password = "a long enough password";

    public VdiProcess Server { get; private set; } = null!;

    /// <summary>Where verbs keep their tokens.</summary>
    public string Config => Path.Combine(Server.State.Root, "config");

    public string TokenFile => Path.Combine(Config, "vdi", "token");

    public async Task InitializeAsync()
    {
        Server = await VdiProcess.StartAsync("fake", 1, fake: true);
        var login = await WithInputAsync($"{Server.Password}\n{Password}\n", "login", "--user", "admin");
        Assert.True(login.Code == 0, login.Errors);
    }

    public async Task DisposeAsync() => await Server.DisposeAsync();

    /// <summary>Runs a verb that must succeed.</summary>
    internal async Task<Printed> DoAsync(params string[] arguments)
    {
        var printed = await RunAsync(arguments);
        Assert.True(printed.Code == 0, printed.Errors);
        return printed;
    }

    internal Task<Printed> RunAsync(params string[] arguments) => WithInputAsync("", arguments);

    internal async Task<Printed> WithInputAsync(string input, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "vdi.dll"), .. arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["VDI_STATE"] = Server.State.Root;
        start.Environment["XDG_CONFIG_HOME"] = Config;
        start.Environment["VDI_SERVER"] = Server.Address;
        start.Environment.Remove("VDI_TOKEN");
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        return new Printed(process.ExitCode, await output, await errors);
    }

    /// <summary>A person who opened a desktop; returns the session's id.</summary>
    internal async Task<string> OpenDesktopAsync(string user)
    {
        var given = (await DoAsync("user", "create", user)).Output.Trim();
        using var api = new ApiClient(new Uri(Server.Address), null, new ServerTrust());
        await api.PostAsync("/api/sign-in", new JsonObject { ["userName"] = user, ["password"] = given }, default);
        await api.PostAsync("/api/password", new JsonObject { ["current"] = given, ["next"] = Password }, default);
        var session = (await api.PostAsync("/api/sessions", new JsonObject { ["pool"] = "desktops" }, default)).Body!["id"]!.GetValue<string>();
        await Eventually.HoldsAsync(async () => (await api.GetAsync($"/api/sessions/{session}", default)).Body!["state"]!.GetValue<string>() == "connecting", "the machine is there");
        return session;
    }

    /// <summary>A client with the administrator's token.</summary>
    internal ApiClient Api() => new(new Uri(Server.Address), new Vdi.Server.Client.TokenFile(TokenFile).Find(new Uri(Server.Address)), new ServerTrust());
}
