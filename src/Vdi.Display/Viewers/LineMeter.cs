namespace Vdi.Display.Viewers;

/// <summary>What is known of the line to a viewer, from when frames were sent and when they were presented. Times are in milliseconds.</summary>
internal sealed class LineMeter
{
    /// <summary>Bytes a millisecond that are assumed until something is known: 16 Mbit/s.</summary>
    private const double Unknown = 2000;

    /// <summary>The shortest round trip is forgotten after this.</summary>
    private const long BaseWindow = 10_000;

    /// <summary>Frames of fewer bytes say nothing of how many the line takes.</summary>
    private const int Telling = 8 * 1024;

    /// <summary>The window at first.</summary>
    private const double MinWindow = 16 * 1024;
    private const double FrameTime = 100;
    private const long UpAfter = 1000;

    /// <summary>Bytes a millisecond where bands end.</summary>
    private static readonly double[] Bands = [125, 500, 1900];
    private readonly Queue<(uint Sequence, long At, int Bytes)> _underWay = new();
    private long _presentedAt;
    private (double Value, long At) _base = (double.MaxValue, 0);
    private double _rate = Unknown;
    private bool _known;
    private long _upSince;

    /// <summary>Bytes a millisecond that the line and the viewer take.</summary>
    public double Rate => _rate;

    /// <summary>The shortest time of late from sending a frame to hearing that it was presented; 0 while nothing is known.</summary>
    public double RoundTrip => _base.Value == double.MaxValue ? 0 : _base.Value;

    /// <summary>Whether what is under way leaves room for more: what the line takes in a round trip and the time of a frame, and at least so much as
    /// fills the first round trips of a line that nothing is known of.</summary>
    public bool HasRoom => _underWay.Sum(frame => (long)frame.Bytes) < Math.Max(MinWindow, _rate * (RoundTrip + FrameTime));

    /// <summary>How much the line takes, roughly: 0 to 3, for less than 1, 4 and 16 Mbit/s, and more. One up only when it has been up for a
    /// second.</summary>
    public int Band { get; private set; } = Bands.Length;

    public void Sent(uint sequence, int bytes, long now) => _underWay.Enqueue((sequence, now, bytes));

    public void Presented(uint sequence, long now)
    {
        var bytes = 0;
        long began = now;
        while (_underWay.TryPeek(out var frame) && frame.Sequence <= sequence)
        {
            _underWay.Dequeue();
            bytes += frame.Bytes;
            began = Math.Min(began, frame.At);
        }

        if (bytes == 0)
        {
            return;
        }

        double took = Math.Max(1, now - began);
        if (took <= _base.Value || now - _base.At > BaseWindow)
        {
            _base = (took, now);
        }

        // Of two frames under way the second one's bytes only begin to flow when the first one's have.
        double flowing = Math.Max(1, now - Math.Max(began, _presentedAt));
        _presentedAt = now;
        if (bytes < Telling)
        {
            return;
        }

        var sample = bytes / flowing;
        _rate = _known ? sample > _rate ? (_rate + sample) / 2 : (_rate * 0.7) + (sample * 0.3) : sample;
        _known = true;
        Settle(now);
    }

    private void Settle(long now)
    {
        var band = Bands.Count(end => _rate >= end);
        if (band <= Band)
        {
            (Band, _upSince) = (band, now);
        }
        else if (now - _upSince > UpAfter)
        {
            (Band, _upSince) = (Band + 1, now);
        }
    }
}
