using System.CommandLine;
using System.Text.Json.Nodes;
using Vdi.Server.Client;

namespace Vdi.Server.Commands;

/// <summary>vdi pool screen: the screens of a manual pool, which are there already and are only shown.</summary>
internal static class PoolScreenVerbs
{
    private static readonly Argument<string> Id = new("id") { Description = "The pool's short name" };
    private static readonly Argument<string> Name = new("name") { Description = "The screen's name in the pool" };

    public static Command Create() => new("screen", "Screens of a manual pool: VNC servers that are there already") { List(), Set(), Remove() };

    private static ApiVerb List() => new(
        "list",
        "Lists the screens of the pool",
        async call =>
        {
            var pool = (await call.Api.GetAsync(Lookup.Pool(call.Get(Id)), call.Stop)).Body;
            var machines = await call.Api.GetAllAsync(ApiClient.Path("/api/machines", ("pool", call.Get(Id))), call.Stop);
            var named = Screens(pool).OfType<JsonObject>().ToList();
            call.Table(pool.At("settings.screens"), named, Column.At("name", "name"), Column.At("address", "address"), Column.At("port", "port"));
            if (!call.Json && named.Count > 0)
            {
                await Console.Error.WriteLineAsync($"{machines.Count(machine => machine["state"].Show() is "ready" or "assigned")} of {named.Count} can be reached; more with: vdi machine list --pool {call.Get(Id)}");
            }
        },
        Id);

    private static ApiVerb Set()
    {
        var address = new Argument<string>("address") { Description = "IP address or host name of the VNC server" };
        var port = new Option<int>("--port") { Description = "Its port", DefaultValueFactory = _ => 5900 };
        var password = new Option<bool>("--password") { Description = "Asks for the password that the server wants; without this, that which is kept stays" };
        return new ApiVerb(
            "set",
            "Adds a screen to the pool, or changes the one of that name",
            async call =>
            {
                var screen = new JsonObject { ["name"] = call.Get(Name), ["address"] = call.Get(address), ["port"] = call.Get(port) };
                if (call.Get(password))
                {
                    screen["password"] = await Terminal.SecretAsync("Password of the VNC server: ", call.Stop) ?? throw new ApiException("No password was given: type it, or send it as a line of standard input.");
                }

                await ChangeAsync(call, screens => [.. screens.Where(other => other?["name"].Show() != call.Get(Name)), screen], $"Screen {call.Get(Name)} of pool {call.Get(Id)} is at {call.Get(address)}, port {call.Get(port)}");
            },
            Id,
            Name,
            address,
            port,
            password);
    }

    private static ApiVerb Remove() => new(
        "remove",
        "Takes a screen from the pool; whoever looks at it stays until the session ends",
        call => ChangeAsync(
            call,
            screens => screens.Any(screen => screen?["name"].Show() == call.Get(Name)) ? [.. screens.Where(screen => screen?["name"].Show() != call.Get(Name))] : throw new ApiException($"Pool {call.Get(Id)} has no screen '{call.Get(Name)}'."),
            $"Screen {call.Get(Name)} is no more in pool {call.Get(Id)}"),
        Id,
        Name);

    private static async Task ChangeAsync(Call call, Func<IEnumerable<JsonNode?>, IEnumerable<JsonNode?>> change, string done)
    {
        var path = Lookup.Pool(call.Get(Id));
        var pool = await call.Api.GetAsync(path, call.Stop);
        var screens = new JsonArray([.. change(Screens(pool.Body)).Select(screen => screen?.DeepClone())]);
        call.Say((await call.Api.PatchAsync(path, new JsonObject { ["screens"] = screens }, call.Stop, pool.Tag)).Body, done);
    }

    private static JsonArray Screens(JsonNode? pool) => pool.At("settings.screens") as JsonArray ?? [];
}
