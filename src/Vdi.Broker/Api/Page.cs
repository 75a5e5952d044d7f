using System.Text.Json.Serialization;
using Microsoft.EntityFrameworkCore;

namespace Vdi.Broker.Api;

/// <summary>A part of a list.</summary>
/// <param name="Total">Of all parts.</param>
/// <param name="Number">1 is the first part; "page" in answers, as in the request.</param>
internal sealed record Page<T>(IReadOnlyList<T> Items, int Total, [property: JsonPropertyName("page")] int Number, int Size);

/// <summary>Which part of a list is wanted: ?page=1&amp;size=50.</summary>
internal sealed record Paging(int? Page, int? Size)
{
    private const int Most = 500;

    public int Number => Math.Max(1, Page ?? 1);

    public int Length => Math.Clamp(Size ?? 50, 1, Most);

    public async Task<Page<TView>> OfAsync<T, TView>(IQueryable<T> all, Func<T, TView> describe, CancellationToken stop)
    {
        var total = await all.CountAsync(stop);
        var skip = (int)Math.Min((Number - 1L) * Length, int.MaxValue);
        var items = await all.Skip(skip).Take(Length).ToListAsync(stop);
        return new Page<TView>(items.ConvertAll(item => describe(item)), total, Number, Length);
    }

    public static ValueTask<Paging> BindAsync(HttpContext context)
    {
        int? Read(string name) => int.TryParse(context.Request.Query[name], System.Globalization.CultureInfo.InvariantCulture, out var value) ? value : null;
        return ValueTask.FromResult(new Paging(Read("page"), Read("size")));
    }
}
