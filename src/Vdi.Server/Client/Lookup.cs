using System.Text.Json.Nodes;

namespace Vdi.Server.Client;

/// <summary>Addresses of things by what people call them.</summary>
internal static class Lookup
{
    public static string Pool(string id) => $"/api/pools/{Uri.EscapeDataString(id)}";

    /// <summary>A person's address, by user name or id.</summary>
    /// <param name="deleted">Look in the recycle bin.</param>
    public static Task<string> UserAsync(Call call, string name, bool deleted = false) => ByNameAsync(call, "/api/users", name, "userName", "nobody called", StringComparison.OrdinalIgnoreCase, deleted);

    /// <summary>A group's address, by name or id.</summary>
    public static Task<string> GroupAsync(Call call, string name, bool deleted = false) => ByNameAsync(call, "/api/groups", name, "settings.name", "no group", StringComparison.Ordinal, deleted);

    /// <summary>The id of what a list holds once, by all of it or how only its id begins.</summary>
    public static async Task<string> IdAsync(Call call, string list, string id, string what)
    {
        if (Guid.TryParse(id, out var whole))
        {
            return $"{whole:D}";
        }

        var found = (await call.Api.GetAllAsync(list, call.Stop)).Select(item => item["id"].Text()!).Where(each => each.StartsWith(id, StringComparison.OrdinalIgnoreCase)).ToList();
        return found switch
        {
            [var one] => one,
            [] => throw new ApiException($"There is no {what} '{JsonText.Printable(id)}'."),
            _ => throw new ApiException($"There are {found.Count} {what}s whose id begins with '{JsonText.Printable(id)}': give more of it."),
        };
    }

    private static async Task<string> ByNameAsync(Call call, string list, string name, string field, string none, StringComparison comparison, bool deleted)
    {
        if (Guid.TryParse(name, out var id))
        {
            return $"{list}/{id:D}";
        }

        JsonObject? found = (await call.Api.GetAllAsync(ApiClient.Path(list, ("search", name), ("deleted", deleted)), call.Stop)).Find(item => string.Equals(item.At(field).Text(), name, comparison));
        return found is not null ? $"{list}/{found["id"]}" : throw new ApiException($"There is {none} '{JsonText.Printable(name)}'{(deleted ? " in the recycle bin" : "")}.");
    }
}
