using System.Globalization;
using Spectre.Console;

namespace Vdi.Benchmarks.Display;

/// <summary>What was measured, by name, one sample a run or more.</summary>
internal sealed class Ledger
{
    private readonly Dictionary<string, (string Unit, List<double> Samples)> _figures = [];

    public IReadOnlyList<Figure> Figures => [.. _figures.Select(entry => new Figure(entry.Key, entry.Value.Unit, entry.Value.Samples))];

    public void Add(string name, string unit, double value)
    {
        if (!_figures.TryGetValue(name, out var figure))
        {
            _figures[name] = figure = (unit, []);
        }

        figure.Samples.Add(value);
    }

    /// <summary>The newest sample; null where there is none.</summary>
    public double? Last(string name) => _figures.TryGetValue(name, out var figure) ? figure.Samples[^1] : null;

    /// <summary>A quotient of this run's samples, where there are both.</summary>
    public void AddRatio(string name, double? ours, double? theirs)
    {
        if (ours is { } above && theirs is > 0 and var below)
        {
            Add(name, "ratio", above / below);
        }
    }

    /// <summary>Medians of KiB by sequence and product, with the PSNR where it is not exact.</summary>
    public void PrintBytes(IEnumerable<string> sequences, IReadOnlyList<string> products)
    {
        var table = new Table().Title("KiB after the first picture (PSNR where not exact)").AddColumns(["sequence", .. products]);
        foreach (var sequence in sequences)
        {
            table.AddRow([sequence, .. products.Select(product => Cell(sequence, product))]);
        }

        AnsiConsole.Write(table);
    }

    private string Cell(string sequence, string product)
    {
        if (Median($"kib.{sequence}.{product}") is not { } kib)
        {
            return "-";
        }

        var text = kib.ToString("#,0.#", CultureInfo.InvariantCulture);
        return Median($"psnr.{sequence}.{product}") is < Quality.Exactly and var psnr ? $"{text} ({psnr.ToString("0.0", CultureInfo.InvariantCulture)} dB)" : text;
    }

    private double? Median(string name) => _figures.TryGetValue(name, out var figure) ? new Figure(name, figure.Unit, figure.Samples).P50 : null;
}
