using System.IO.Pipelines;
using Vdi.Display.Recording;
using Vdi.Display.Sources;
using Vdi.Protocol.Wire;
using Vdi.TestSupport.Screens;

namespace Vdi.Display.Tests.Sources;

/// <summary>A trace that is written while it is replayed: the scripted test card. It has a screen, and nobody to type to.</summary>
internal sealed class TestCardPeer : ScriptedPeer
{
    private readonly Pipe _pipe = new();
    private readonly TraceWriter _trace;

    public TestCardPeer(TimeProvider time)
    {
        _trace = new TraceWriter(_pipe.Writer.AsStream(leaveOpen: true), time);
        Source = new ReplaySource(_pipe.Reader.AsStream(), time) { Pace = (_, _) => Task.CompletedTask };
    }

    public override IDisplaySource Source { get; }

    public override async Task ShowAsync(int width, int height, Func<int, int, uint> colour)
    {
        _trace.Resize(width, height);
        await ChangeAsync(new Rectangle(0, 0, width, height), colour);
    }

    public override async Task ChangeAsync(Rectangle area, Func<int, int, uint> colour)
    {
        _trace.Update(area, Swapped(Pixels(area, colour)), area.Width * 4);
        _trace.Flush();
        await _pipe.Writer.FlushAsync();
    }

    public override async Task PointAsync(int width, int height, int hotX, int hotY, Func<int, int, uint> colour)
    {
        _trace.SetCursor(new Cursor(width, height, hotX, hotY, Swapped(Pixels(new Rectangle(0, 0, width, height), colour))));
        await _pipe.Writer.FlushAsync();
    }

    public override async Task BabbleAsync() => await _pipe.Writer.WriteAsync(Enumerable.Repeat((byte)0x55, 64).ToArray());

    public override async Task BeginAsync() => await _pipe.Writer.WriteAsync(new byte[] { (byte)TraceRecord.Update, 0, 0 });

    public override async Task LeaveAsync() => await _pipe.Writer.CompleteAsync();

    public override async ValueTask DisposeAsync()
    {
        await _pipe.Writer.CompleteAsync();
        _trace.Dispose();
    }
}
