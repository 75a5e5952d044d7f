using System.CommandLine;
using System.Text.Json.Nodes;

namespace Vdi.Server.Client;

/// <summary>The options of a list that comes in parts.</summary>
internal sealed class Paging
{
    private readonly Option<int?> _page = new("--page") { Description = "Which part of the list; 1 is the first" };
    private readonly Option<int?> _size = new("--size") { Description = "How many at a time, at most 500 (default: 50)" };
    private readonly Option<bool> _all = new("--all") { Description = "All parts, one after the other" };

    public IEnumerable<Option> Options => [_page, _size, _all];

    /// <summary>Fetches the wanted part and writes it as a table; what else there is, is said beside it.</summary>
    public async Task ListAsync(Call call, string path, params IEnumerable<Column> columns)
    {
        if (call.Get(_all))
        {
            var all = await call.Api.GetAllAsync(path, call.Stop);
            var whole = new JsonObject { ["items"] = new JsonArray([.. all.Select(item => item.DeepClone())]), ["total"] = all.Count, ["page"] = 1, ["size"] = all.Count };
            call.Table(whole, all, columns);
            return;
        }

        var paged = ApiClient.Path(path, ("page", call.Get(_page)), ("size", call.Get(_size)));
        var body = (await call.Api.GetAsync(paged, call.Stop)).Body;
        var items = (body?["items"] as JsonArray ?? []).OfType<JsonObject>().ToList();
        call.Table(body, items, columns);
        if (!call.Json && body?["total"]?.GetValue<int>() is { } total && total > items.Count)
        {
            await Console.Error.WriteLineAsync($"{items.Count} of {total}, part {body["page"]}; more with --page {body["page"]!.GetValue<int>() + 1}, or --all.");
        }
    }
}
