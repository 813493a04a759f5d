function v(r){let e=new WeakMap;return t=>{let o=t.parentElement,a=e.get(o);a===void 0&&(a=r(t),e.set(o,a)),a.update(t);let i=a;return()=>{i.destroy(),e.delete(o)}}}function g(r){r.addEventListener("keydown",e=>{e.stopPropagation()})}function n(r,e={},...t){let o=document.createElement(r);for(let[a,i]of Object.entries(e))i==null||i===!1||o.setAttribute(a,i===!0?"":String(i));return y(o,t),o}function y(r,e){for(let t of e)t!=null&&r.appendChild(M(t))}function M(r){return typeof r=="string"?document.createTextNode(r):r}var u=["viewer","contributor","maintainer","owner"];var w={ArrowDown:[1,0],ArrowUp:[-1,0],ArrowRight:[0,1],ArrowLeft:[0,-1]},c=class{args;version=null;cells=[];heads=[];focused=null;chosen=null;pointed=null;root=n("div",{class:"role-matrix"});frame=n("div",{class:"frame"});constructor(e,t){this.args=e,this.root.append(n("style",{},t),L(),this.frame),e.parentElement.append(this.root),g(this.root),this.frame.addEventListener("click",o=>this.choose(h(o))),this.frame.addEventListener("keydown",o=>this.press(o)),this.frame.addEventListener("pointerover",o=>this.point(h(o))),this.frame.addEventListener("pointerleave",()=>this.point(null))}update(e){this.args=e,this.version!==e.data.version&&(this.version=e.data.version,this.draw(e.data))}destroy(){this.root.remove()}draw({rows:e,projects:t,label:o,height:a}){this.heads=t.map(s=>n("th",{scope:"col",title:s.name},n("span",{},s.name))),this.cells=e.map((s,p)=>t.map((f,b)=>T(s,f,p,b))),this.focused=this.chosen=this.pointed=null;let i=n("th",{scope:"col",class:"corner"},"Name"),l=e.map((s,p)=>n("tr",{},k(s),...this.cells[p]??[])),d=n("table",{role:"grid","aria-label":o},n("thead",{},n("tr",{},i,...this.heads)),n("tbody",{},...l));this.frame.style.maxHeight=`${a}px`,this.frame.replaceChildren(d),this.focus(this.cells[0]?.[0]??null,!1)}choose(e){if(e===null)return;let[t,o]=m(e),{rows:a,projects:i}=this.args.data,[l,d]=[a[t],i[o]];if(!l||!d)return;this.chosen?.removeAttribute("aria-selected"),this.chosen=e,e.setAttribute("aria-selected","true"),this.focus(e,!0);let s={kind:l.kind,name:l.name,project:d.slug};this.args.setStateValue("chosen",s)}press(e){let t=h(e);if(t===null)return;if(e.key==="Enter"||e.key===" "){e.preventDefault(),this.choose(t);return}let o=w[e.key];if(!o)return;e.preventDefault();let[a,i]=m(t);this.focus(this.cells[a+o[0]]?.[i+o[1]]??null,!0)}focus(e,t){e!==null&&(this.focused?.removeAttribute("tabindex"),this.focused=e,e.setAttribute("tabindex","0"),t&&e.focus())}point(e){let t=e===null?null:this.heads[m(e)[1]]??null;t!==this.pointed&&(this.pointed?.classList.remove("pointed"),t?.classList.add("pointed"),this.pointed=t)}};function E(r){let e=u.find(t=>t.startsWith(r.toLowerCase()));return e&&r.trim()?{role:e,through:r!==r.toUpperCase()}:null}function T(r,e,t,o){let a=n("td",{role:"gridcell","data-at":`${t} ${o}`}),i=E(r.cells.charAt(o));if(i===null)return a;let{role:l,through:d}=i;return a.title=`${r.name}: ${l} in ${e.name}${d?", through a group":""}`,a.append(n("span",{class:d?`${l} through`:l},l.charAt(0).toUpperCase())),a}function k({name:r,kind:e,about:t}){let o=e==="group"?"group":t,a=o?n("span",{class:"about",title:o},o):null;return n("th",{scope:"row",class:e,title:r},n("span",{class:"name"},r),a)}function L(){let r=[...u].reverse().map(t=>{let o=n("span",{class:t},t.charAt(0).toUpperCase());return n("span",{class:"entry"},o,t)}),e=n("span",{class:"viewer through"},"V");return n("div",{class:"legend"},...r,n("span",{class:"entry"},e,"through a group"))}function h(r){let{target:e}=r;return e instanceof Element?e.closest("td"):null}function m(r){let[e,t]=(r.dataset.at??"").split(" ").map(Number);return[e??-1,t??-1]}var x=`.role-matrix {
  --faint: var(--st-gray-text-color, #55636a);
  --line: var(--st-border-color);
  --soft: color-mix(in srgb, var(--st-primary-color) 12%, var(--st-background-color));
  font: 13px/1.4 var(--st-font);
  color: var(--st-text-color);
}
.role-matrix * { box-sizing: border-box; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 14px; margin-bottom: 8px; color: var(--faint); }
.entry { display: inline-flex; align-items: center; gap: 6px; }
.frame { overflow: auto; border: 1px solid var(--line); border-radius: var(--st-base-radius, 8px); }
table { border-collapse: separate; border-spacing: 0; }
th { position: sticky; z-index: 1; background: var(--st-background-color); font-weight: 400; text-align: start; }
thead th { top: 0; height: 132px; padding: 8px 0; border-bottom: 1px solid var(--line); vertical-align: bottom; }
thead th span { display: block; max-height: 116px; margin: 0 auto; overflow: hidden; writing-mode: vertical-rl;
  transform: rotate(180deg); text-overflow: ellipsis; white-space: nowrap; }
thead .corner { left: 0; z-index: 2; padding: 8px 12px; color: var(--faint); }
tbody th { left: 0; min-width: 150px; max-width: 240px; padding: 0 12px; overflow: hidden;
  border-right: 1px solid var(--line); text-overflow: ellipsis; white-space: nowrap; }
.corner { border-right: 1px solid var(--line); }
.name { unicode-bidi: isolate; }
.group .name { font-weight: 600; }
.about { margin-inline-start: 8px; color: var(--faint); font-size: 12px; }
td { min-width: 30px; width: 30px; height: 30px; padding: 0; border-bottom: 1px solid var(--line);
  border-right: 1px solid color-mix(in srgb, var(--line) 50%, transparent); text-align: center; cursor: pointer; }
tbody th { border-bottom: 1px solid var(--line); }
tbody tr:hover > *, .pointed { background: var(--soft); }
td:hover { box-shadow: inset 0 0 0 1px var(--st-primary-color); }
td[aria-selected="true"] { box-shadow: inset 0 0 0 2px var(--st-primary-color); }
td:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: -2px; }
:is(.owner, .maintainer, .contributor, .viewer) { display: inline-block; width: 22px; height: 22px; border-radius: 5px;
  font-weight: 600; font-size: 12px; line-height: 22px; text-align: center; }
.owner { background: var(--st-violet-background-color); color: var(--st-violet-text-color); }
.maintainer { background: var(--st-blue-background-color); color: var(--st-blue-text-color); }
.contributor { background: var(--st-green-background-color); color: var(--st-green-text-color); }
.viewer { background: var(--st-gray-background-color); color: var(--st-gray-text-color); }
.owner, .maintainer, .contributor, .viewer { box-shadow: inset 0 0 0 1px color-mix(in srgb, currentColor 30%, transparent); }
.through { background: none; box-shadow: inset 0 0 0 1px currentColor; }
@media (max-width: 640px) { tbody th { min-width: 110px; max-width: 130px; } }
`;var K=v(r=>new c(r,x));export{K as default};
