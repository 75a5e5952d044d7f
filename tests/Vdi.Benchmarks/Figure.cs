using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace Vdi.Benchmarks;

/// <summary>One measured figure: its samples in one unit.</summary>
internal sealed record Figure(string Name, string Unit, IReadOnlyList<double> Samples)
{
    public double P50 => Percentile(0.5);

    public double P95 => Percentile(0.95);

    /// <summary>A table for people, or one JSON object a line for machines.</summary>
    public static void Print(IEnumerable<Figure> figures, bool json)
    {
        if (json)
        {
            foreach (var figure in figures)
            {
                Console.WriteLine(JsonSerializer.Serialize(new { name = figure.Name, value = Math.Round(figure.P50, 4), unit = figure.Unit, n = figure.Samples.Count, p50 = Math.Round(figure.P50, 4), p95 = Math.Round(figure.P95, 4), min = Math.Round(figure.Samples.Min(), 4), max = Math.Round(figure.Samples.Max(), 4) }));
            }

            return;
        }

        var table = new Table().AddColumns("figure", "unit", "n", "p50", "p95", "min", "max");
        foreach (var figure in figures)
        {
            table.AddRow(figure.Name, figure.Unit, Text(figure.Samples.Count), Text(figure.P50), Text(figure.P95), Text(figure.Samples.Min()), Text(figure.Samples.Max()));
        }

        AnsiConsole.Write(table);
    }

    private static string Text(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);

    /// <summary>Nearest rank.</summary>
    private double Percentile(double share)
    {
        var sorted = Samples.Order().ToList();
        return sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Count) - 1, 0, sorted.Count - 1)];
    }
}
