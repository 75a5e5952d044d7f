using Vdi.Display.Framebuffer;
using Vdi.Protocol.Wire;

namespace Vdi.Benchmarks.Display;

/// <summary>Something that carries a screen to a viewer, ours or a peer, with one viewer that decodes what comes.</summary>
internal interface IProduct : IAsyncDisposable
{
    IWatcher Watcher { get; }

    /// <summary>Processor time of the serving side so far, in seconds.</summary>
    double ProcessorSeconds { get; }

    /// <summary>The screen shows this now; nothing outside of <paramref name="changed"/> is new.</summary>
    void Show(Picture picture, Rectangle changed);
}

/// <summary>A viewer without a window.</summary>
internal interface IWatcher
{
    /// <summary>What it shows; null before anything came. Read it under <see cref="Lock"/>.</summary>
    Picture? Picture { get; }

    Lock Lock { get; }

    /// <summary>Called on the reading thread after each update, with the lock held.</summary>
    Action? Updated { get; set; }

    /// <summary>Updates so far.</summary>
    int Updates { get; }

    /// <summary>Bytes that came so far.</summary>
    long Bytes { get; }

    /// <summary>When the last ones came, as <see cref="System.Diagnostics.Stopwatch.GetTimestamp"/> counts.</summary>
    long LastAt { get; }

    /// <summary>Why it stopped reading; null while it reads.</summary>
    Exception? Fault { get; }
}
