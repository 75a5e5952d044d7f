using Vdi.Benchmarks.Display.Browser;
using Vdi.Benchmarks.Display.Ours;
using Vdi.Benchmarks.Display.Peers;
using Vdi.TestSupport;

namespace Vdi.Benchmarks.Display;

/// <summary>deploy/bench display: our display path beside its peers, the same pictures in the same run: in slow motion what each change costs until
/// it is exact, in real time what arrives. Products take turns, sequence by sequence.</summary>
internal sealed class DisplayBenchmark(string folder, Film film, IReadOnlyList<Peer> peers)
{
    private const string Ours = "ours";

    /// <summary>Sequences that come as photographs first: whose quality at rest is of interest, beside every peer's.</summary>
    private static readonly string[] Photographic = ["video", "photos"];

    /// <summary>How long after the last change, with its name in figures.</summary>
    private static readonly (string Name, TimeSpan After)[] Rest = [("250ms", TimeSpan.FromMilliseconds(250)), ("1s", TimeSpan.FromSeconds(1))];
    private static readonly string[] Slowly = ["typing", "document", "code", "photos", "drag", "menus"];
    private readonly Ledger _ledger = new();

    /// <summary>Where sequences are kept between runs.</summary>
    public static string Folder => Environment.GetEnvironmentVariable("VDI_SEQUENCES") is { Length: > 0 } given ? given : Path.Combine(Repository.Root, "artifacts", "sequences");

    public static async Task<IReadOnlyList<Figure>> RunAsync(int runs, bool json)
    {
        var folder = await SequenceStudio.MakeAsync(Folder);
        var film = await Film.LoadAsync(folder);
        foreach (var peer in Peer.All)
        {
            if (peer.MissingPackage is { } package)
            {
                Console.Error.WriteLine($"{peer.Name} is left out: the package {package} is not installed");
            }
        }

        var benchmark = new DisplayBenchmark(folder, film, [.. Peer.All.Where(peer => peer.MissingPackage is null)]);
        for (var run = 1; run <= runs; run++)
        {
            Console.Error.WriteLine($"run {run} of {runs}");
            await benchmark.RunOnceAsync();
        }

        if (!json)
        {
            benchmark._ledger.PrintBytes([.. Slowly, "video"], [Ours, .. benchmark.PeerNames]);
        }

        return benchmark._ledger.Figures;
    }

    private IEnumerable<string> PeerNames => peers.Select(peer => peer.Name);

    private async Task RunOnceAsync()
    {
        foreach (var sequence in Sequence.All)
        {
            Console.Error.WriteLine($"  {sequence.Name}");
            await OurSlowMotionAsync(sequence);
            if (Slowly.Contains(sequence.Name))
            {
                foreach (var peer in peers)
                {
                    await SlowMotionAsync(peer, sequence);
                }
            }

            await RealTimeAsync(sequence);
        }

        Compare();
        Console.Error.WriteLine("  lines");
        await Lines.ThinAsync(_ledger, folder);
        await Lines.StalledAsync(_ledger, folder);
        await TestCard.MeasureAsync(_ledger, Ours, new OurProduct(), film);
        await BrowserCard.MeasureAsync(_ledger, film);
        foreach (var peer in peers)
        {
            await TestCard.MeasureAsync(_ledger, peer.Name, await PeerProduct.StartAsync(peer), film);
        }
    }

    private async Task OurSlowMotionAsync(Sequence sequence)
    {
        using var run = new OurSlowMotion();
        await sequence.PlayAsync(folder, run, _ => Task.CompletedTask);
        _ledger.Add($"first.{sequence.Name}.{Ours}", "KiB", run.Bytes[0] / 1024.0);
        if (Slowly.Contains(sequence.Name))
        {
            _ledger.Add($"kib.{sequence.Name}.{Ours}", "KiB", run.Bytes.Skip(1).Sum() / 1024.0);
            _ledger.Add($"psnr.{sequence.Name}.{Ours}", "dB", Quality.Exactly);
        }

        run.Milliseconds.Skip(1).ToList().ForEach(milliseconds => _ledger.Add($"encode.{sequence.Name}", "ms", milliseconds));
    }

    private async Task SlowMotionAsync(Peer peer, Sequence sequence)
    {
        await using var product = await PeerProduct.StartAsync(peer);
        var measured = await SlowMotion.MeasureAsync(product, sequence, folder);
        _ledger.Add($"first.{sequence.Name}.{peer.Name}", "KiB", measured.FirstBytes / 1024.0);
        _ledger.Add($"kib.{sequence.Name}.{peer.Name}", "KiB", measured.Bytes / 1024.0);
        _ledger.Add($"psnr.{sequence.Name}.{peer.Name}", "dB", measured.Quality.Psnr);
        _ledger.Add($"exact.{sequence.Name}.{peer.Name}", "share", measured.Quality.ExactShare);
    }

    private async Task RealTimeAsync(Sequence sequence)
    {
        await using (var product = new OurProduct())
        {
            Note(sequence, Ours, await RealTime.MeasureAsync(product, sequence, folder, FilmOf(sequence), RestOf(sequence)));
        }

        var beside = peers.Where(peer => peer == Peer.TightLossless || Photographic.Contains(sequence.Name));
        foreach (var peer in sequence.Name == "video" && peers.Contains(Peer.TightJpeg) ? beside.Concat(Peer.TightJpegLadder) : beside)
        {
            await using var product = await PeerProduct.StartAsync(peer);
            Note(sequence, peer.Name, await RealTime.MeasureAsync(product, sequence, folder, FilmOf(sequence), RestOf(sequence)));
        }

        if (peers.Contains(Peer.TightLossless))
        {
            using var server = await PeerServer.StartAsync(Peer.TightLossless, SequenceStudio.Width, SequenceStudio.Height);
            _ledger.Add($"cpu.{sequence.Name}.unwatched", "s", await RealTime.WithoutViewerAsync(() => server.ProcessorSeconds, server.Painter.Paint, sequence, folder));
        }
    }

    private static TimeSpan[] RestOf(Sequence sequence) => Photographic.Contains(sequence.Name) ? [.. Rest.Select(moment => moment.After)] : [];

    private Film? FilmOf(Sequence sequence) => sequence.Name == "video" ? film : null;

    private void Note(Sequence sequence, string product, RealTime measured)
    {
        _ledger.Add($"cpu.{sequence.Name}.{product}", "s", measured.ProcessorSeconds);
        _ledger.Add($"frames.{sequence.Name}.{product}", $"of {sequence.Steps}", measured.Frames);
        if (sequence.Name == "video")
        {
            _ledger.Add($"kib.video.{product}", "KiB", measured.Bytes / 1024.0);
            _ledger.Add($"psnr.video.{product}", "dB", measured.Quality.Psnr);
        }

        foreach (var ((name, _), quality) in Rest.Zip(measured.Rest))
        {
            _ledger.Add($"psnr.{name}.{sequence.Name}.{product}", "dB", quality.Psnr);
            _ledger.Add($"exact.{name}.{sequence.Name}.{product}", "share", quality.ExactShare);
        }

        if (Photographic.Contains(sequence.Name))
        {
            _ledger.Add($"exact.rest.{sequence.Name}.{product}", "s (5: not within 5)", measured.ExactRest ?? 5);
            if (product == Ours)
            {
                _ledger.Add("exact.rest", "s (5: not within 5)", measured.ExactRest ?? 5);
            }
        }

        if (sequence.Name == "idle")
        {
            _ledger.Add(product == Ours ? "cpu.idle" : $"cpu.idle.share.{product}", "% of a core", 100 * measured.ProcessorSeconds / measured.Seconds);
        }
    }

    /// <summary>The figures that compare, of this run's samples.</summary>
    private void Compare()
    {
        var tight = Peer.TightLossless.Name;
        _ledger.AddRatio("bytes.scroll.text", Sum(Ours, "document", "code"), Sum(tight, "document", "code"));
        _ledger.AddRatio("bytes.scroll.photo", Kib("photos", Ours), BestPeer("photos"));
        _ledger.AddRatio("bytes.drag", Kib("drag", Ours), BestPeer("drag"));
        _ledger.AddRatio("bytes.typing", Kib("typing", Ours), Kib("typing", tight));
        _ledger.AddRatio("bytes.menus", Kib("menus", Ours), BestPeer("menus"));

        // At equal PSNR, between TigerVNC's two qualities around ours; at its own q8 beside it.
        if (_ledger.Last($"psnr.video.{Ours}") is { } quality)
        {
            _ledger.AddRatio("bytes.video", PerFrame("video", Ours), JpegAt(quality));
            _ledger.Add("bytes.video.psnr", "dB", quality);
        }

        _ledger.AddRatio("bytes.video.q8", PerFrame("video", Ours), PerFrame("video", Peer.TightJpeg.Name));

        var (ours, theirs) = (Processor(Ours, _ => 0), Processor(tight, sequence => _ledger.Last($"cpu.{sequence}.unwatched")));
        _ledger.AddRatio("cpu.frame", ours, theirs);
        foreach (var (name, seconds) in new[] { ("cpu.frame.ours", ours), ("cpu.frame.tight", theirs) })
        {
            if (seconds is { } known)
            {
                _ledger.Add(name, "ms", known * 1000);
            }
        }
    }

    /// <summary>Bytes a frame that TigerVNC's JPEGs would take at a quality (PSNR, dB): on the straight line, in logarithms of bytes, between its own qualities below
    /// and above; null where there are none.</summary>
    private double? JpegAt(double quality)
    {
        var ladder = Peer.TightJpegLadder.Append(Peer.TightJpeg).Select(peer => (Quality: _ledger.Last($"psnr.video.{peer.Name}"), Bytes: PerFrame("video", peer.Name)))
            .Where(step => step is { Quality: not null, Bytes: > 0 }).Select(step => (Quality: step.Quality!.Value, Bytes: step.Bytes!.Value)).OrderBy(step => step.Quality).ToList();
        var above = ladder.FindIndex(step => step.Quality >= quality);
        if (above <= 0)
        {
            return above == 0 ? ladder[0].Bytes : null;
        }

        var (low, high) = (ladder[above - 1], ladder[above]);
        var share = (quality - low.Quality) / (high.Quality - low.Quality);
        return Math.Exp(Math.Log(low.Bytes) + (share * (Math.Log(high.Bytes) - Math.Log(low.Bytes))));
    }

    private double? Kib(string sequence, string product) => _ledger.Last($"kib.{sequence}.{product}");

    /// <summary>KiB a delivered frame: who delivers fewer frames has not sent less for each.</summary>
    private double? PerFrame(string sequence, string product) => Kib(sequence, product) / _ledger.Last($"frames.{sequence}.{product}");

    private double? Sum(string product, params string[] sequences) => sequences.Select(sequence => Kib(sequence, product)).Aggregate((a, b) => a + b);

    /// <summary>Of the peers that were not worse than we are the one with the fewest bytes.</summary>
    private double? BestPeer(string sequence) => PeerNames
        .Where(peer => _ledger.Last($"psnr.{sequence}.{peer}") >= _ledger.Last($"psnr.{sequence}.{Ours}"))
        .Min(peer => Kib(sequence, peer));

    /// <summary>Processor seconds a delivered frame over all sequences, less what is taken without a viewer.</summary>
    private double? Processor(string product, Func<string, double?> unwatched) =>
        Sequence.All.Select(sequence => _ledger.Last($"cpu.{sequence.Name}.{product}") - unwatched(sequence.Name)).Aggregate((a, b) => a + b)
        / Sequence.All.Select(sequence => _ledger.Last($"frames.{sequence.Name}.{product}")).Aggregate((a, b) => a + b);
}
